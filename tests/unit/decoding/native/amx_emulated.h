/* The few tile intrinsics that `amx.c` uses, in plain C, so that the same file runs where there are no tiles. Written
   after Intel's description of the instructions: what they refuse with a fault ends the program here. */
#ifndef AMX_EMULATED_H
#define AMX_EMULATED_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static __thread struct {
    uint8_t rows[8];
    uint16_t row_bytes[8];
    uint8_t data[8][16][64];
} amx;

static inline void amx_check(int fits) {
    if (!fits) abort();
}

static inline void _tile_loadconfig(const void *from) {
    const uint8_t *config = from;
    amx_check(config[0] == 1 && config[1] == 0);
    for (int at = 2; at < 16; at++) amx_check(config[at] == 0);
    for (int tile = 0; tile < 16; tile++) {
        uint16_t row_bytes;
        const uint8_t rows = config[48 + tile];
        memcpy(&row_bytes, config + 16 + 2 * tile, 2);
        amx_check(rows <= 16 && row_bytes <= 64 && (rows == 0) == (row_bytes == 0) && (tile < 8 || !rows));
        if (tile < 8) amx.rows[tile] = rows, amx.row_bytes[tile] = row_bytes;
    }
    memset(amx.data, 0, sizeof amx.data);
}

static inline void _tile_release(void) { memset(&amx, 0, sizeof amx); }

static inline void _tile_zero(int tile) {
    amx_check(amx.rows[tile]);
    memset(amx.data[tile], 0, sizeof amx.data[tile]);
}

static inline void _tile_loadd(int tile, const void *from, int64_t stride) {
    amx_check(amx.rows[tile]);
    memset(amx.data[tile], 0, sizeof amx.data[tile]);
    for (int row = 0; row < amx.rows[tile]; row++)
        memcpy(amx.data[tile][row], (const char *)from + row * stride, amx.row_bytes[tile]);
}

static inline void _tile_stored(int tile, void *to, int64_t stride) {
    amx_check(amx.rows[tile]);
    for (int row = 0; row < amx.rows[tile]; row++)
        memcpy((char *)to + row * stride, amx.data[tile][row], amx.row_bytes[tile]);
}

/* Sums of four products each: the first factor's bytes have no sign, the second one's have. */
static inline void _tile_dpbusd(int sums, int first, int second) {
    amx_check(amx.rows[sums] && amx.rows[sums] == amx.rows[first] && amx.row_bytes[sums] == amx.row_bytes[second]);
    amx_check(amx.row_bytes[first] / 4 == amx.rows[second] && sums != first && sums != second && first != second);
    for (int row = 0; row < amx.rows[sums]; row++)
        for (int word = 0; word < amx.rows[second]; word++)
            for (int column = 0; column < amx.row_bytes[sums] / 4; column++) {
                int32_t sum;
                memcpy(&sum, amx.data[sums][row] + 4 * column, 4);
                for (int byte = 0; byte < 4; byte++)
                    sum += (int32_t)amx.data[first][row][4 * word + byte] * (int8_t)amx.data[second][word][4 * column + byte];
                memcpy(amx.data[sums][row] + 4 * column, &sum, 4);
            }
}

#endif
