/* What the parts of the native decode step share. Python fills these structures through ctypes: layouts are equal there
   (`structures.py`), and `codex_native_size` lets it check that. All sizes are 64 bits wide, so that there is no padding.

   Outputs of a matrix go in panels of 16, so that the 16 sums of a panel lie side by side in registers and no sum is ever
   taken across a register. A word of 32 bits holds an output's weight for one input or for several:
     FLOATS   [panels][inputs][16], float32
     HALVES   [panels][inputs / 2][16][2], bfloat16; an even number of inputs
     BYTES    [panels][inputs / 4][16][4], signed, with a scale for each output; this is how instructions for products of
              bytes take them. Inputs are a multiple of 4, and padded to a multiple of 64 with zeros. */
#ifndef CODEX_STEP_H
#define CODEX_STEP_H

#include "crew.h"

#include <stdint.h>

#define PANEL 16
#define BYTE_INPUTS 64

enum format { FLOATS, HALVES, BYTES };

struct matrix {
    int64_t format, outputs, inputs;
    const void *weights;
    const float *scales;  /* [panels * 16], of bytes */
    const int32_t *sums;  /* [panels * 16], of each output's bytes */
    const float *bias;    /* [panels * 16], or NULL */
};

struct layer {
    const float *before_attention, *head_norm, *before_mlp; /* head_norm: [heads + groups][width], or NULL */
    struct matrix into_attention, out_of_attention, into_mlp, out_of_mlp;
};

struct model {
    int64_t layers, hidden, inner, heads, groups, width;
    int64_t kept; /* FLOATS or HALVES: how keys and values are kept; HALVES are bfloat16 */
    double epsilon, query_scale, key_scale;
    const float *frequencies; /* [width / 2], radians a token */
    const float *norm;
    const struct layer *layer;
    struct matrix head;
};

/* Keys and values of a run of tokens: each [layers][groups][.][width]; strides count numbers. */
struct part {
    void *keys, *values;
    int64_t layer_stride, group_stride, length;
};

/* One forward pass; the keys and values of its tokens are written to the last part, which has room for them. */
struct pass {
    int64_t tokens, parts, masked, wanted;
    float *hidden;            /* [tokens][hidden]: embeddings; written over */
    const int64_t *positions; /* [tokens] */
    const struct part *part;  /* the last one's length counts the tokens before this pass */
    const float *mask;        /* [tokens][masked], added to the last scores, those of this pass included */
    const int64_t *places;    /* [wanted]: tokens whose logits are wanted */
    float *logits;            /* [wanted][vocabulary] */
    void *scratch;            /* of `codex_native_scratch` bytes, aligned to 64 */
    struct crew *crew;        /* who helps, or NULL */
};

/* Attention of heads of one group over all parts. */
struct attention {
    int64_t from, until; /* of the query rows, which are tokens * share */
    int64_t tokens, share, width, kept, parts, masked, total;
    const float *queries; /* [tokens * share][width]: a token's heads side by side */
    const struct part *part;
    int64_t layer, group;
    const float *mask;
    float *scores; /* [ATTENTION_ROWS][total + PANEL] */
    float *tile;      /* [width][ATTENTION_ROWS], which are more than a panel */
    uint16_t *narrow; /* [ATTENTION_ROWS][width] */
    float *mixed;  /* [tokens * share][width] */
};

#define ATTENTION_ROWS 24

/* One token to choose. */
struct draw {
    const float *logits; /* [vocabulary] */
    int64_t vocabulary;
    const int64_t *allowed; /* the only ids that may be chosen, ascending */
    int64_t among;          /* how many these are; 0 for any */
    double temperature;     /* 0 for the likeliest */
    double top_p, point;    /* mass of the nucleus; where in it, of [0, 1) */
    int64_t id;             /* the answer */
    double logprob;         /* of the raw logits */
};

/* What a kind of processor does in a way of its own. */
struct kernels {
    const char *name;
    /* results[count][outputs] = rows[count][inputs] times the matrix, its outputs from `first`, which begins a panel, to `end` */
    void (*product)(const struct matrix *, int64_t first, int64_t end, const float *rows, int64_t count, float *results,
                    void *scratch);
    void (*attend)(const struct attention *);
    void (*normalise)(const float *row, const float *weight, int64_t size, double epsilon, float *result);
    void (*gate)(const float *gate, const float *up, int64_t size, float *result);
    int64_t (*choose)(struct draw *, void *scratch);
};

/* Where the keys or values of a layer's group begin. */
static inline const float *kept_at(const struct attention *task, const struct part *part, const void *from) {
    const int64_t at = task->layer * part->layer_stride + task->group * part->group_stride;
    return (const float *)((const char *)from + at * (task->kept == HALVES ? 2 : 4));
}

static inline int64_t rounded_up(int64_t size, int64_t step) { return (size + step - 1) / step * step; }

/* Memory for a choice. */
static inline int64_t choose_scratch(int64_t vocabulary) { return 5 * rounded_up(vocabulary * 4, 64); }

/* Memory for a product of bytes: so many rows at a time as bytes, and a scale for each. */
#define BYTE_ROWS 32
static inline int64_t product_scratch(int64_t inputs) { return BYTE_ROWS * (rounded_up(inputs, BYTE_INPUTS) + 4) + 64; }

/* Functions of the files for less special processors, which those for more special ones use too. */
void product_avx512(const struct matrix *, int64_t, int64_t, const float *, int64_t, float *, void *);
void attend_avx512(const struct attention *);
void normalise_avx512(const float *, const float *, int64_t, double, float *);
void gate_avx512(const float *, const float *, int64_t, float *);
int64_t choose_avx512(struct draw *, void *);

void attend_avx512_bf16(const struct attention *);
void product_avx512_vnni(const struct matrix *, int64_t, int64_t, const float *, int64_t, float *, void *);

extern const struct kernels kernels_portable, kernels_avx2, kernels_avx512, kernels_avx512_vnni, kernels_avx512_bf16,
    kernels_amx;

#endif
