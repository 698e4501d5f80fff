/* One forward pass over a few tokens, whatever the processor: the order of operations, and the memory between them. */
#include "step.h"

#include <math.h>
#include <string.h>

/* Where intermediate results lie in the scratch memory. */
struct room {
    float *normed, *projected, *queries, *mixed, *attended, *inner, *rotation, *tile, *scores;
    uint16_t *narrow;
    char *product;
    int64_t own[4]; /* of each thread of the crew: bytes of `tile`, `narrow`, `scores` and `product` */
    int64_t size;
};

/* Lays out the memory, or only counts it where `base` is NULL. */
static struct room layout(const struct model *model, int64_t tokens, int64_t total, int64_t threads, char *base) {
    struct room room;
    int64_t at = 0, largest = model->hidden > model->inner ? model->hidden : model->inner;
    const int64_t attended = model->heads * model->width;
    largest = attended > largest ? attended : largest;
#define TAKE(field, count) (room.field = base ? (void *)(base + at) : NULL, at += rounded_up((count), 64))
    TAKE(normed, tokens * model->hidden * 4);
    TAKE(projected, tokens * (model->heads + 2 * model->groups) * model->width * 4);
    TAKE(queries, tokens * attended * 4);
    TAKE(mixed, tokens * attended * 4);
    TAKE(attended, tokens * attended * 4);
    TAKE(inner, tokens * 3 * model->inner * 4);
    TAKE(rotation, tokens * model->width * 4);
#define TAKE_EACH(number, field, count) \
    (room.own[number] = rounded_up((count), 64), TAKE(field, threads * room.own[number]))
    TAKE_EACH(0, tile, model->width * ATTENTION_ROWS * 4);
    TAKE_EACH(1, narrow, ATTENTION_ROWS * model->width * 2);
    TAKE_EACH(2, scores, ATTENTION_ROWS * (total + PANEL) * 4);
    TAKE_EACH(3, product, product_scratch(largest));
#undef TAKE_EACH
#undef TAKE
    room.size = at;
    return room;
}

int64_t codex_native_scratch(const struct model *model, int64_t tokens, int64_t total, const struct crew *crew) {
    return layout(model, tokens, total, crew_size(crew), NULL).size;
}

/* Cosines and sines of each token's angles, [tokens][2][width / 2]. */
static void rotation_of(const struct model *model, const struct pass *pass, float *rotation) {
    const int64_t half = model->width / 2;
    for (int64_t token = 0; token < pass->tokens; token++)
        for (int64_t at = 0; at < half; at++) {
            const float angle = (float)pass->positions[token] * model->frequencies[at];
            rotation[token * model->width + at] = cosf(angle);
            rotation[token * model->width + half + at] = sinf(angle);
        }
}

/* Turns one head by the angles of its token: half a head is the partner of the other half. */
static void rotate(const float *head, const float *rotation, int64_t half, float scale, float *result) {
    for (int64_t at = 0; at < half; at++) {
        const float cosine = rotation[at] * scale, sine = rotation[half + at] * scale;
        const float first = head[at], second = head[half + at];
        result[at] = first * cosine - second * sine;
        result[half + at] = second * cosine + first * sine;
    }
}

/* Keeps a key or value of one head at its place, in the numbers that are kept; halves are rounded to the nearest. */
static void keep(const float *head, int64_t width, int64_t kept, void *to, int64_t at) {
    if (kept == FLOATS) {
        memcpy((float *)to + at, head, width * sizeof(float));
        return;
    }
    uint16_t *half = (uint16_t *)to + at;
    for (int64_t lane = 0; lane < width; lane++) {
        uint32_t bits;
        memcpy(&bits, head + lane, sizeof bits);
        const uint32_t nearest = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
        half[lane] = (uint16_t)((bits & 0x7FFFFFFF) > 0x7F800000 ? 0x7FC0 : nearest);
    }
}

/* Norms and turns the queries and keys of the pass; queries go to a group's rows, keys and values to the last part. */
static void spread(const struct kernels *kernels, const struct model *model, const struct pass *pass, int64_t number,
                   const struct room *room) {
    const struct layer *layer = model->layer + number;
    const struct part *last = pass->part + pass->parts - 1;
    const int64_t width = model->width, heads = model->heads, turned = heads + model->groups;
    const int64_t share = heads / model->groups, group_rows = pass->tokens * share;
    for (int64_t token = 0; token < pass->tokens; token++) {
        float *row = room->projected + token * (turned + model->groups) * width;
        const float *rotation = room->rotation + token * width;
        const int64_t at = number * last->layer_stride + (last->length + token) * width;
        for (int64_t head = 0; head < turned; head++) {
            float *from = row + head * width;
            if (layer->head_norm)
                kernels->normalise(from, layer->head_norm + head * width, width, model->epsilon, from);
            if (head < heads) {
                const int64_t place = head / share * group_rows + token * share + head % share;
                rotate(from, rotation, width / 2, (float)model->query_scale, room->queries + place * width);
            } else {
                rotate(from, rotation, width / 2, (float)model->key_scale, from);
                keep(from, width, model->kept, last->keys, at + (head - heads) * last->group_stride);
            }
        }
        for (int64_t group = 0; group < model->groups; group++)
            keep(row + (turned + group) * width, width, model->kept, last->values, at + group * last->group_stride);
    }
}

/* What the parts of a product or of a layer's attention have in common. */
struct shared {
    const struct kernels *kernels;
    const struct room *room;
    const struct matrix *matrix; /* of a product */
    const float *rows;
    float *results;
    int64_t count, step;
    const struct attention *task; /* of attention: without what differs from part to part */
    int64_t group_rows, pieces;   /* of a group's rows */
};

static void product_part(void *task, int64_t part, int64_t who) {
    const struct shared *shared = task;
    const struct matrix *matrix = shared->matrix;
    const int64_t first = part * shared->step, end = first + shared->step;
    shared->kernels->product(matrix, first, end < matrix->outputs ? end : matrix->outputs, shared->rows, shared->count,
                             shared->results, shared->room->product + who * shared->room->own[3]);
}

/* So much of a matrix is worth a part of its own. */
#define LEAST_PART 100000

/* results[count][outputs] = rows[count][inputs] times a matrix, by all of the crew. */
static void multiply(const struct kernels *kernels, struct crew *crew, const struct room *room, const struct matrix *matrix,
                     const float *rows, int64_t count, float *results) {
    struct shared shared = {.kernels = kernels, .room = room, .matrix = matrix, .rows = rows, .count = count, .results = results};
    int64_t parts = matrix->outputs * matrix->inputs / LEAST_PART;
    parts = parts < 1 || crew_size(crew) == 1 ? 1 : parts < 4 * crew_size(crew) ? parts : 4 * crew_size(crew);
    shared.step = rounded_up((matrix->outputs + parts - 1) / parts, PANEL);
    if (count) crew_do(crew, product_part, &shared, (matrix->outputs + shared.step - 1) / shared.step);
}

static void attention_part(void *task, int64_t part, int64_t who) {
    const struct shared *shared = task;
    const struct room *room = shared->room;
    struct attention mine = *shared->task;
    const int64_t piece = part % shared->pieces, step = (shared->group_rows + shared->pieces - 1) / shared->pieces;
    mine.group = part / shared->pieces;
    mine.from = piece * step < shared->group_rows ? piece * step : shared->group_rows;
    mine.until = mine.from + step < shared->group_rows ? mine.from + step : shared->group_rows;
    mine.queries += mine.group * shared->group_rows * mine.width;
    mine.mixed += mine.group * shared->group_rows * mine.width;
    mine.tile = (float *)((char *)room->tile + who * room->own[0]);
    mine.narrow = (uint16_t *)((char *)room->narrow + who * room->own[1]);
    mine.scores = (float *)((char *)room->scores + who * room->own[2]);
    shared->kernels->attend(&mine);
}

/* Attention of one layer: from room->projected to room->attended, [tokens][heads][width]. */
static void attention_of(const struct kernels *kernels, const struct model *model, const struct pass *pass,
                         int64_t number, int64_t total, const struct part *parts, const struct room *room) {
    const int64_t width = model->width, share = model->heads / model->groups, group_rows = pass->tokens * share;
    spread(kernels, model, pass, number, room);
    const struct attention task = {.tokens = pass->tokens, .share = share, .width = width, .kept = model->kept,
                                   .parts = pass->parts, .masked = pass->masked, .total = total, .part = parts,
                                   .layer = number, .mask = pass->mask, .queries = room->queries, .mixed = room->mixed};
    struct shared shared = {.kernels = kernels, .room = room, .task = &task, .group_rows = group_rows};
    shared.pieces = (crew_size(pass->crew) + model->groups - 1) / model->groups;
    crew_do(pass->crew, attention_part, &shared, model->groups * shared.pieces);
    for (int64_t group = 0; group < model->groups; group++)
        for (int64_t token = 0; token < pass->tokens; token++)
            memcpy(room->attended + (token * model->heads + group * share) * width,
                   room->mixed + (group * group_rows + token * share) * width, share * width * sizeof(float));
}

static void add(float *to, const float *what, int64_t size) {
    for (int64_t at = 0; at < size; at++) to[at] += what[at];
}

static void normalise_rows(const struct kernels *kernels, const struct model *model, const float *weight, int64_t tokens,
                           const float *rows, float *results) {
    for (int64_t token = 0; token < tokens; token++)
        kernels->normalise(rows + token * model->hidden, weight, model->hidden, model->epsilon, results + token * model->hidden);
}

/* The forward pass; `parts` is a copy of the pass's in which the last one's length counts the tokens of this pass too. */
static void run(const struct kernels *kernels, const struct model *model, const struct pass *pass,
                const struct part *parts, int64_t total) {
    const struct room room = layout(model, pass->tokens, total, crew_size(pass->crew), pass->scratch);
    const int64_t tokens = pass->tokens, inner = model->inner;
    float *gates = room.inner, *gated = room.inner + 2 * tokens * inner;
    rotation_of(model, pass, room.rotation);
    for (int64_t number = 0; number < model->layers; number++) {
        const struct layer *layer = model->layer + number;
        normalise_rows(kernels, model, layer->before_attention, tokens, pass->hidden, room.normed);
        multiply(kernels, pass->crew, &room, &layer->into_attention, room.normed, tokens, room.projected);
        attention_of(kernels, model, pass, number, total, parts, &room);
        multiply(kernels, pass->crew, &room, &layer->out_of_attention, room.attended, tokens, room.normed);
        add(pass->hidden, room.normed, tokens * model->hidden);
        normalise_rows(kernels, model, layer->before_mlp, tokens, pass->hidden, room.normed);
        multiply(kernels, pass->crew, &room, &layer->into_mlp, room.normed, tokens, gates);
        for (int64_t token = 0; token < tokens; token++)
            kernels->gate(gates + token * 2 * inner, gates + (token * 2 + 1) * inner, inner, gated + token * inner);
        multiply(kernels, pass->crew, &room, &layer->out_of_mlp, gated, tokens, room.normed);
        add(pass->hidden, room.normed, tokens * model->hidden);
    }
    for (int64_t place = 0; place < pass->wanted; place++)
        normalise_rows(kernels, model, model->norm, 1, pass->hidden + pass->places[place] * model->hidden,
                       room.normed + place * model->hidden);
    multiply(kernels, pass->crew, &room, &model->head, room.normed, pass->wanted, pass->logits);
}

#define MOST_PARTS 64

/* Runs a pass; what is not 0 is a refusal: 1 for more parts than there is room for, 2 for sizes that do not fit. */
int64_t codex_native_run(const struct kernels *kernels, const struct model *model, const struct pass *pass) {
    struct part parts[MOST_PARTS];
    int64_t total = pass->tokens;
    if (pass->parts < 1 || pass->parts > MOST_PARTS) return 1;
    memcpy(parts, pass->part, pass->parts * sizeof(struct part));
    parts[pass->parts - 1].length += pass->tokens;
    for (int64_t number = 0; number < pass->parts; number++) total += pass->part[number].length;
    if (pass->tokens < 1 || pass->masked < 0 || pass->masked > total || pass->wanted < 0 || pass->wanted > pass->tokens)
        return 2;
    for (int64_t place = 0; place < pass->wanted; place++)
        if (pass->places[place] < 0 || pass->places[place] >= pass->tokens) return 2;
    run(kernels, model, pass, parts, total);
    return 0;
}

int64_t codex_native_choose_scratch(int64_t vocabulary) { return choose_scratch(vocabulary); }

/* Chooses tokens one after another; what is not 0 is a refusal: 1 for logits that are no numbers, 2 for wrong ids. */
int64_t codex_native_choose(const struct kernels *kernels, struct draw *draws, int64_t count, void *scratch) {
    for (int64_t at = 0; at < count; at++) {
        const int64_t refusal = kernels->choose(draws + at, scratch);
        if (refusal) return refusal;
    }
    return 0;
}

struct crew *codex_native_crew(int64_t threads) { return crew_of(threads); }

void codex_native_crew_end(struct crew *crew) { crew_end(crew); }
