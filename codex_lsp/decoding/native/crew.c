#include "crew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define MOST_THREADS 64
/* So often a helper looks for the next piece of work, and the caller for the end of this one, before they sleep: some ten
   microseconds, less than it takes to be woken. */
#define LOOKS 400

#if defined(__x86_64__)
#define RELAX() __builtin_ia32_pause()
#else
#define RELAX() ((void)0)
#endif

/* `ticket` has the number of the piece of work above and the next part below: a part is taken only of the piece that its
   taker has seen, so one who comes late takes nothing. */
struct crew {
    _Atomic uint64_t ticket;
    _Atomic int64_t done;
    _Atomic int asleep; /* helpers */
    crew_work work;
    void *task;
    int64_t parts, helpers;
    int ending, waiting;
    pthread_mutex_t lock;
    pthread_cond_t begun, finished;
    struct helper {
        struct crew *crew;
        int64_t who;
        pthread_t thread;
    } helper[MOST_THREADS];
};

/* Takes parts of one piece until there is none. */
static void take(struct crew *crew, uint32_t piece, crew_work work, void *task, int64_t parts, int64_t who) {
    uint64_t ticket = atomic_load(&crew->ticket);
    while ((uint32_t)(ticket >> 32) == piece && (int64_t)(uint32_t)ticket < parts) {
        if (!atomic_compare_exchange_weak(&crew->ticket, &ticket, ticket + 1)) continue;
        work(task, (uint32_t)ticket, who);
        if (atomic_fetch_add(&crew->done, 1) + 1 == parts) {
            pthread_mutex_lock(&crew->lock);
            if (crew->waiting) pthread_cond_signal(&crew->finished);
            pthread_mutex_unlock(&crew->lock);
        }
        ticket = atomic_load(&crew->ticket);
    }
}

static uint32_t piece_of(struct crew *crew) { return (uint32_t)(atomic_load(&crew->ticket) >> 32); }

static void *help(void *argument) {
    const struct helper *self = argument;
    struct crew *crew = self->crew;
    uint32_t seen = 0;
    for (;;) {
        for (int look = 0; look < LOOKS && piece_of(crew) == seen; look++) RELAX();
        pthread_mutex_lock(&crew->lock);
        while (piece_of(crew) == seen && !crew->ending) {
            atomic_fetch_add(&crew->asleep, 1);
            pthread_cond_wait(&crew->begun, &crew->lock);
            atomic_fetch_sub(&crew->asleep, 1);
        }
        seen = piece_of(crew);
        const crew_work work = crew->work;
        void *task = crew->task;
        const int64_t parts = crew->parts;
        const int ending = crew->ending;
        pthread_mutex_unlock(&crew->lock);
        if (ending) return NULL;
        take(crew, seen, work, task, parts, self->who);
    }
}

struct crew *crew_of(int64_t threads) {
    struct crew *crew = threads > 1 ? calloc(1, sizeof *crew) : NULL;
    if (!crew) return NULL;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->begun, NULL);
    pthread_cond_init(&crew->finished, NULL);
    for (int64_t who = 1; who < threads && who < MOST_THREADS; who++) {
        struct helper *helper = crew->helper + crew->helpers;
        *helper = (struct helper){.crew = crew, .who = who};
        if (pthread_create(&helper->thread, NULL, help, helper)) break;
        crew->helpers++;
    }
    return crew;
}

void crew_end(struct crew *crew) {
    if (!crew) return;
    pthread_mutex_lock(&crew->lock);
    crew->ending = 1;
    pthread_cond_broadcast(&crew->begun);
    pthread_mutex_unlock(&crew->lock);
    for (int64_t number = 0; number < crew->helpers; number++) pthread_join(crew->helper[number].thread, NULL);
    pthread_cond_destroy(&crew->finished);
    pthread_cond_destroy(&crew->begun);
    pthread_mutex_destroy(&crew->lock);
    free(crew);
}

int64_t crew_size(const struct crew *crew) { return crew ? crew->helpers + 1 : 1; }

void crew_do(struct crew *crew, crew_work work, void *task, int64_t parts) {
    if (!crew || parts < 2) {
        for (int64_t part = 0; part < parts; part++) work(task, part, 0);
        return;
    }
    pthread_mutex_lock(&crew->lock);
    crew->work = work;
    crew->task = task;
    crew->parts = parts;
    atomic_store(&crew->done, 0);
    const uint32_t piece = piece_of(crew) + 1;
    atomic_store(&crew->ticket, (uint64_t)piece << 32);
    if (atomic_load(&crew->asleep)) pthread_cond_broadcast(&crew->begun);
    pthread_mutex_unlock(&crew->lock);
    take(crew, piece, work, task, parts, 0);
    for (int look = 0; look < LOOKS && atomic_load(&crew->done) < parts; look++) RELAX();
    if (atomic_load(&crew->done) == parts) return;
    pthread_mutex_lock(&crew->lock);
    crew->waiting = 1;
    while (atomic_load(&crew->done) < parts) pthread_cond_wait(&crew->finished, &crew->lock);
    crew->waiting = 0;
    pthread_mutex_unlock(&crew->lock);
}
