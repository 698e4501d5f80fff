/* Chooses a token from logits: the likeliest, or one of the exact nucleus; `sampler.py` says the same in Python. Compiled
   for each kind of processor, like `portable.c`. */
#include "vectors.h"

#define CHUNK 64 /* logits whose largest one is noted */
#define FIRST_WIDTH 64

/* Numbers to choose among; `ids` are ascending, or NULL where the places are the ids. */
struct numbers {
    const float *values;
    const int64_t *ids;
    int64_t count;
    float largest;
};

/* What lies in the scratch memory. */
struct work {
    float *values, *weights, *largest, *sorted;
    int32_t *heap;
};

static int64_t chunks_of(int64_t count) { return (count + CHUNK - 1) / CHUNK; }

static struct work layout(int64_t vocabulary, char *base) {
    const int64_t step = choose_scratch(vocabulary) / 5;
    return (struct work){.values = (float *)base,
                         .weights = (float *)(base + step),
                         .largest = (float *)(base + 2 * step),
                         .sorted = (float *)(base + 3 * step),
                         .heap = (int32_t *)(base + 4 * step)};
}

/* The sum of e to the power of (value - largest) * factor; each goes to `weights` unless that is NULL. */
static double exponentials(const struct numbers *numbers, float factor, float *weights) {
    double sum = 0;
    for (int64_t start = 0; start < numbers->count; start += 16 * CHUNK) {
        const int64_t end = start + 16 * CHUNK < numbers->count ? start + 16 * CHUNK : numbers->count;
        floats total = {0};
        int64_t at = start;
        for (; at + LANES <= end; at += LANES) {
            const floats weight = exponential((load(numbers->values + at) - numbers->largest) * factor);
            if (weights) store(weights + at, weight);
            total += weight;
        }
        if (at < end) {
            float in[LANES], out[LANES] = {0};
            for (int lane = 0; lane < LANES; lane++) in[lane] = at + lane < end ? numbers->values[at + lane] : -INFINITY;
            const floats weight = exponential((load(in) - numbers->largest) * factor);
            store(out, weight);
            if (weights) memcpy(weights + at, out, (end - at) * sizeof(float));
            total += weight;
        }
        sum += sum_of(total);
    }
    return sum;
}

/* The `rank`-th largest of some numbers, from 0 on; they change places. */
static float ranked(float *numbers, int64_t count, int64_t rank) {
    int64_t first = 0, last = count - 1;
    while (first < last) {
        const float pivot = numbers[(first + last) / 2];
        int64_t low = first, high = last;
        while (low <= high) {
            while (numbers[low] > pivot) low++;
            while (numbers[high] < pivot) high--;
            if (low <= high) {
                const float other = numbers[low];
                numbers[low++] = numbers[high];
                numbers[high--] = other;
            }
        }
        if (rank <= high)
            last = high;
        else if (rank >= low)
            first = low;
        else
            break;
    }
    return numbers[rank];
}

/* Whether the first place comes before the second: by its value, of equals the first one. */
static int before(const struct numbers *numbers, int32_t first, int32_t second) {
    const float one = numbers->values[first], other = numbers->values[second];
    return one > other || (one == other && first < second);
}

static void sink(const struct numbers *numbers, int32_t *heap, int64_t count, int64_t at) {
    for (int64_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && before(numbers, heap[child + 1], heap[child])) child++;
        if (!before(numbers, heap[child], heap[at])) return;
        const int32_t other = heap[at];
        heap[at] = heap[child];
        heap[child] = other;
    }
}

/* Places whose values are at least the least of so many chunks' largest ones: all that may be among the `width` largest. */
static int64_t candidates(const struct numbers *numbers, const struct work *work, int64_t width, int32_t *found) {
    const int64_t chunks = chunks_of(numbers->count);
    int64_t count = 0;
    float least = -INFINITY;
    if (width < chunks) {
        memcpy(work->sorted, work->largest, chunks * sizeof(float));
        least = ranked(work->sorted, chunks, width - 1);
    }
    for (int64_t chunk = 0; chunk < chunks; chunk++) {
        if (work->largest[chunk] < least) continue;
        const int64_t end = (chunk + 1) * CHUNK < numbers->count ? (chunk + 1) * CHUNK : numbers->count;
        for (int64_t at = chunk * CHUNK; at < end; at++) {
            found[count] = (int32_t)at;
            count += numbers->values[at] >= least;
        }
    }
    return count;
}

/* Moves the smallest set of largest values whose weights reach `wanted` behind the heap, the largest last; how many they
   are, or 0 where these candidates do not hold it. */
static int64_t nucleus(const struct numbers *numbers, const float *weights, int32_t *heap, int64_t count, double wanted, int whole) {
    int64_t left = count;
    double mass = 0;
    for (int64_t at = count / 2; at-- > 0;) sink(numbers, heap, count, at);
    while (left && mass < wanted) {
        const int32_t best = heap[0];
        mass += weights[best];
        heap[0] = heap[--left];
        sink(numbers, heap, left, 0);
        heap[left] = best;
    }
    return mass >= wanted || whole ? count - left : 0;
}

static int64_t drawn_of_nucleus(const struct numbers *numbers, const struct work *work, double total, double top_p, double point) {
    const int64_t chunks = chunks_of(numbers->count);
    int64_t count = 0, kept = 0;
    for (int64_t chunk = 0; chunk < chunks; chunk++) {
        const int64_t end = (chunk + 1) * CHUNK < numbers->count ? CHUNK : numbers->count - chunk * CHUNK;
        work->largest[chunk] = largest_of(numbers->values + chunk * CHUNK, end);
    }
    for (int64_t width = FIRST_WIDTH; !kept; width *= 2) {
        count = candidates(numbers, work, width, work->heap);
        kept = nucleus(numbers, work->weights, work->heap, count, top_p * total, width >= chunks);
        if (!kept && width >= chunks) return 0;
    }
    double mass = 0, upto = 0;
    for (int64_t at = count - 1; at >= count - kept; at--) mass += work->weights[work->heap[at]];
    for (int64_t at = count - 1; at >= count - kept; at--)
        if ((upto += work->weights[work->heap[at]]) > point * mass) return work->heap[at];
    return work->heap[count - kept];
}

/* A place of all, in their own order. */
static int64_t drawn_of_all(const struct numbers *numbers, const float *weights, double point) {
    double mass = 0, upto = 0;
    for (int64_t at = 0; at < numbers->count; at++) mass += weights[at];
    for (int64_t at = 0; at < numbers->count; at++)
        if ((upto += weights[at]) > point * mass) return at;
    return numbers->count - 1;
}

static int64_t likeliest(const struct numbers *numbers) {
    int64_t at = 0;
    while (at < numbers->count - 1 && numbers->values[at] != numbers->largest) at++;
    return at;
}

/* Chooses; 1 where the logits are no numbers, 2 where an id is none of the vocabulary. */
int64_t JOIN(choose_, NAME)(struct draw *draw, void *scratch) {
    const struct work work = layout(draw->vocabulary, scratch);
    struct numbers all = {.values = draw->logits, .count = draw->vocabulary};
    all.largest = largest_of(all.values, all.count);
    const double sum = exponentials(&all, 1.0f, NULL);
    if (!(all.largest - all.largest == 0) || !(sum > 0)) return 1;
    struct numbers some = all;
    if (draw->among > draw->vocabulary) return 2;
    if (draw->among) {
        some = (struct numbers){.values = work.values, .ids = draw->allowed, .count = draw->among};
        for (int64_t at = 0; at < draw->among; at++) {
            if (draw->allowed[at] < 0 || draw->allowed[at] >= draw->vocabulary) return 2;
            work.values[at] = draw->logits[draw->allowed[at]];
        }
        some.largest = largest_of(some.values, some.count);
    }
    int64_t place;
    if (draw->temperature == 0) {
        place = likeliest(&some);
    } else {
        const float factor = (float)(1 / (draw->temperature > 1e-30 ? draw->temperature : 1e-30));
        const double total = exponentials(&some, factor, work.weights);
        place = draw->top_p < 1 ? drawn_of_nucleus(&some, &work, total, draw->top_p, draw->point)
                                : drawn_of_all(&some, work.weights, draw->point);
    }
    draw->id = some.ids ? some.ids[place] : place;
    draw->logprob = (double)draw->logits[draw->id] - all.largest - log(sum);
    return 0;
}
