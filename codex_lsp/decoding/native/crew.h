/* Threads that help with the parts of a piece of work. Nobody is waited for who has not begun: the caller takes parts too,
   and all of them where no helper gets a core, so a busy neighbour costs what help would have brought and no more. */
#ifndef CODEX_CREW_H
#define CODEX_CREW_H

#include <stdint.h>

struct crew;

/* Does one part; `who` is the caller's number in the crew, 0 for who asked. */
typedef void (*crew_work)(void *task, int64_t part, int64_t who);

/* With so many threads, the caller's own included; NULL for one, or where there are none to be had. */
struct crew *crew_of(int64_t threads);
void crew_end(struct crew *);

/* How many there are; 1 for NULL. */
int64_t crew_size(const struct crew *);

/* Does all parts; returns when they are done. One caller at a time. */
void crew_do(struct crew *, crew_work work, void *task, int64_t parts);

#endif
