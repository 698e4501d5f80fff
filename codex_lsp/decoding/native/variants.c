/* Which kernels this library has and this processor can run; the fastest first. */
#include "step.h"

#include <stddef.h>

#if defined(__x86_64__)
#define CAN(feature) __builtin_cpu_supports(feature)
#else
#define CAN(feature) 0
#endif

#ifdef AMX_HEADER
static int can_amx(void) { return 1; }
#elif defined(HAVE_AMX) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Tiles are eight kilobytes of state that a process must ask Linux for; what it gives holds for all threads. */
static int can_amx(void) {
    enum { TILE = 1 << 24, INT8 = 1 << 25, ASK_FOR_STATE = 0x1023, TILE_DATA = 18 };
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || ~d & (TILE | INT8)) return 0;
    return CAN("avx512bf16") && syscall(SYS_arch_prctl, ASK_FOR_STATE, TILE_DATA) == 0;
}
#else
static int can_amx(void) { return 0; }
#endif

#ifdef HAVE_AVX512
static int can_avx512(void) { return CAN("avx512f") && CAN("avx512bw") && CAN("avx512dq") && CAN("avx512vl"); }
#endif

/* The kernels of a number, from 0 on without gaps, or NULL behind the last; some may be of no use here (`usable`). */
static const struct kernels *variant(int64_t number, int *usable) {
    const struct kernels *found[6];
    int ready[6];
    int64_t count = 0;
#define ADD(kernels, can) (found[count] = &(kernels), ready[count++] = (can))
#ifdef HAVE_AMX
    ADD(kernels_amx, can_amx());
#endif
#ifdef HAVE_AVX512_BF16
    ADD(kernels_avx512_bf16, can_avx512() && CAN("avx512vnni") && CAN("avx512bf16"));
#endif
#ifdef HAVE_AVX512_VNNI
    ADD(kernels_avx512_vnni, can_avx512() && CAN("avx512vnni"));
#endif
#ifdef HAVE_AVX512
    ADD(kernels_avx512, can_avx512());
#endif
#ifdef HAVE_AVX2
    ADD(kernels_avx2, CAN("avx2") && CAN("fma"));
#endif
    ADD(kernels_portable, 1);
#undef ADD
    if (number < 0 || number >= count) return NULL;
    *usable = ready[number];
    return found[number];
}

/* The `number`-th of the kernels that can be used here, fastest first, or NULL. */
const struct kernels *codex_native_kernels(int64_t number) {
    int usable = 0;
    const struct kernels *kernels;
    for (int64_t at = 0; (kernels = variant(at, &usable)); at++)
        if (usable && number-- == 0) return kernels;
    return NULL;
}

const char *codex_native_name(const struct kernels *kernels) { return kernels->name; }

#ifndef SOURCES_VERSION
#define SOURCES_VERSION 0
#endif

/* What the sources were when this was compiled (`build.py`). */
int64_t codex_native_version(void) { return SOURCES_VERSION; }

/* Sizes of the structures, which Python compares with its own. */
int64_t codex_native_size(int64_t number) {
    const int64_t sizes[] = {sizeof(struct matrix), sizeof(struct layer), sizeof(struct model), sizeof(struct part),
                             sizeof(struct pass), sizeof(struct draw)};
    return number >= 0 && number < 6 ? sizes[number] : -1;
}
