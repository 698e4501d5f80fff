/* Products of bytes with AMX: one instruction multiplies 16 rows of 64 bytes by a panel of 64 inputs and 16 outputs. The
   rest is as with AVX-512 and its products of bfloat16. Sums are whole numbers, so they are those of the other files.

   AMX_HEADER names a file that stands in for the intrinsics, so that this one can be compiled and run where there are no
   tiles; then the rest is the portable one. */
#include "step.h"

#ifdef AMX_HEADER
#include AMX_HEADER
#define OTHER(name) name##_portable
#define OTHER_PRODUCT product_portable
#define OTHER_ATTEND attend_portable
void product_portable(const struct matrix *, int64_t, int64_t, const float *, int64_t, float *, void *);
void attend_portable(const struct attention *);
void normalise_portable(const float *, const float *, int64_t, double, float *);
void gate_portable(const float *, const float *, int64_t, float *);
int64_t choose_portable(struct draw *, void *);
#else
#include <immintrin.h>
#define OTHER(name) name##_avx512
#define OTHER_PRODUCT product_avx512
#define OTHER_ATTEND attend_avx512_bf16
#endif

#include "byte_rows.h"

#define TILE_ROWS 16
#define TILE_BYTES 64

/* What LDTILECFG reads. */
struct tiles {
    uint8_t palette, start, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

/* Tiles: 0 to 3 are sums of the upper and the lower rows for two panels, 4 and 5 the rows, 6 and 7 the panels. */
static void shape_tiles(int64_t upper, int64_t lower) {
    struct tiles tiles __attribute__((aligned(64))) = {.palette = 1};
    const uint8_t rows[8] = {upper, upper, lower, lower, upper, lower, TILE_ROWS, TILE_ROWS};
    for (int tile = 0; tile < 8; tile++) {
        tiles.rows[tile] = rows[tile];
        tiles.row_bytes[tile] = rows[tile] ? TILE_BYTES : 0;
    }
    _tile_loadconfig(&tiles);
}

/* Sums of two panels for all rows. */
static void two_panels(const struct byte_rows *bytes, int lower, const int8_t *weights, int32_t (*sums)[BYTE_ROWS][PANEL]) {
    const int64_t stride = bytes->stride;
    const uint8_t *below = bytes->values + TILE_ROWS * stride;
    _tile_zero(0);
    _tile_zero(1);
    if (lower) {
        _tile_zero(2);
        _tile_zero(3);
    }
    for (int64_t at = 0; at < stride; at += TILE_BYTES) {
        _tile_loadd(4, bytes->values + at, stride);
        _tile_loadd(6, weights + at * PANEL, TILE_BYTES);
        _tile_loadd(7, weights + (stride + at) * PANEL, TILE_BYTES);
        _tile_dpbusd(0, 4, 6);
        _tile_dpbusd(1, 4, 7);
        if (lower) {
            _tile_loadd(5, below + at, stride);
            _tile_dpbusd(2, 5, 6);
            _tile_dpbusd(3, 5, 7);
        }
    }
    _tile_stored(0, sums[0][0], TILE_BYTES);
    _tile_stored(1, sums[1][0], TILE_BYTES);
    if (lower) {
        _tile_stored(2, sums[0][TILE_ROWS], TILE_BYTES);
        _tile_stored(3, sums[1][TILE_ROWS], TILE_BYTES);
    }
}

/* The last panel where their number is odd. */
static void one_panel(const struct byte_rows *bytes, int lower, const int8_t *weights, int32_t (*sums)[PANEL]) {
    const int64_t stride = bytes->stride;
    _tile_zero(0);
    if (lower) _tile_zero(2);
    for (int64_t at = 0; at < stride; at += TILE_BYTES) {
        _tile_loadd(4, bytes->values + at, stride);
        _tile_loadd(6, weights + at * PANEL, TILE_BYTES);
        _tile_dpbusd(0, 4, 6);
        if (lower) {
            _tile_loadd(5, bytes->values + TILE_ROWS * stride + at, stride);
            _tile_dpbusd(2, 5, 6);
        }
    }
    _tile_stored(0, sums[0], TILE_BYTES);
    if (lower) _tile_stored(2, sums[TILE_ROWS], TILE_BYTES);
}

static void product(const struct matrix *matrix, int64_t first, int64_t end, const float *rows, int64_t count,
                    float *results, void *scratch) {
    if (matrix->format != BYTES) {
        OTHER_PRODUCT(matrix, first, end, rows, count, results, scratch);
        return;
    }
    for (int64_t start = 0; start < count; start += BYTE_ROWS) {
        const int64_t some = count - start < BYTE_ROWS ? count - start : BYTE_ROWS;
        const int64_t upper = some < TILE_ROWS ? some : TILE_ROWS, lower = some - upper;
        const struct byte_rows bytes = byte_rows_of(rows + start * matrix->inputs, some, matrix->inputs, scratch);
        float *to = results + start * matrix->outputs;
        shape_tiles(upper, lower);
        for (int64_t at = first; at < end; at += 2 * PANEL) {
            const int8_t *weights = (const int8_t *)matrix->weights + at * bytes.stride;
            int32_t sums[2][BYTE_ROWS][PANEL];
            if (at + PANEL < end) {
                two_panels(&bytes, lower > 0, weights, sums);
                finish(matrix, &bytes, at + PANEL, some, (const int32_t(*)[PANEL])sums[1], to);
            } else {
                one_panel(&bytes, lower > 0, weights, sums[0]);
            }
            finish(matrix, &bytes, at, some, (const int32_t(*)[PANEL])sums[0], to);
        }
        /* So that nobody has to save tiles for us. */
        _tile_release();
    }
}

const struct kernels kernels_amx = {
    .name = "amx",
    .product = product,
    .attend = OTHER_ATTEND,
    .normalise = OTHER(normalise),
    .gate = OTHER(gate),
    .choose = OTHER(choose),
};
