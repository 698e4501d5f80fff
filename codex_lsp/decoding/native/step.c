/* One forward pass over a few tokens, whatever the processor: the order of operations, and the memory between them. */
#include "step.h"

#include <math.h>
#include <string.h>

/* Where intermediate results lie in the scratch memory. */
struct room {
    float *normed, *projected, *queries, *mixed, *attended, *inner, *rotation, *tile, *scores;
    uint16_t *narrow;
    void *product;
    int64_t size;
};

/* Lays out the memory, or only counts it where `base` is NULL. */
static struct room layout(const struct model *model, int64_t tokens, int64_t total, char *base) {
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
    TAKE(tile, model->width * ATTENTION_ROWS * 4);
    TAKE(narrow, ATTENTION_ROWS * model->width * 2);
    TAKE(scores, ATTENTION_ROWS * (total + PANEL) * 4);
    TAKE(product, product_scratch(largest));
#undef TAKE
    room.size = at;
    return room;
}

int64_t codex_native_scratch(const struct model *model, int64_t tokens, int64_t total) {
    return layout(model, tokens, total, NULL).size;
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

/* Attention of one layer: from room->projected to room->attended, [tokens][heads][width]. */
static void attention_of(const struct kernels *kernels, const struct model *model, const struct pass *pass,
                         int64_t number, int64_t total, const struct part *parts, const struct room *room) {
    const int64_t width = model->width, share = model->heads / model->groups, group_rows = pass->tokens * share;
    spread(kernels, model, pass, number, room);
    for (int64_t group = 0; group < model->groups; group++) {
        struct attention task = {.tokens = pass->tokens, .share = share, .width = width, .kept = model->kept,
                                 .parts = pass->parts, .masked = pass->masked, .total = total, .part = parts, .layer = number, .group = group,
                                 .mask = pass->mask, .scores = room->scores, .tile = room->tile,
                                 .narrow = room->narrow};
        task.queries = room->queries + group * group_rows * width;
        task.mixed = room->mixed + group * group_rows * width;
        kernels->attend(&task);
        for (int64_t token = 0; token < pass->tokens; token++)
            memcpy(room->attended + (token * model->heads + group * share) * width, task.mixed + token * share * width,
                   share * width * sizeof(float));
    }
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
    const struct room room = layout(model, pass->tokens, total, pass->scratch);
    const int64_t tokens = pass->tokens, inner = model->inner;
    float *gates = room.inner, *gated = room.inner + 2 * tokens * inner;
    rotation_of(model, pass, room.rotation);
    for (int64_t number = 0; number < model->layers; number++) {
        const struct layer *layer = model->layer + number;
        normalise_rows(kernels, model, layer->before_attention, tokens, pass->hidden, room.normed);
        kernels->product(&layer->into_attention, room.normed, tokens, room.projected, room.product);
        attention_of(kernels, model, pass, number, total, parts, &room);
        kernels->product(&layer->out_of_attention, room.attended, tokens, room.normed, room.product);
        add(pass->hidden, room.normed, tokens * model->hidden);
        normalise_rows(kernels, model, layer->before_mlp, tokens, pass->hidden, room.normed);
        kernels->product(&layer->into_mlp, room.normed, tokens, gates, room.product);
        for (int64_t token = 0; token < tokens; token++)
            kernels->gate(gates + token * 2 * inner, gates + (token * 2 + 1) * inner, inner, gated + token * inner);
        kernels->product(&layer->out_of_mlp, gated, tokens, room.normed, room.product);
        add(pass->hidden, room.normed, tokens * model->hidden);
    }
    for (int64_t place = 0; place < pass->wanted; place++)
        normalise_rows(kernels, model, model->norm, 1, pass->hidden + pass->places[place] * model->hidden,
                       room.normed + place * model->hidden);
    kernels->product(&model->head, room.normed, pass->wanted, pass->logits, room.product);
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
