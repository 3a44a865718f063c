/* tests/fuzz/replay.c: feeds files to a fuzz target where libFuzzer is not at hand.
 *
 * Usage: replay FILE...
 */
#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct err *replay(const char *path)
{
    AUTO(buf_clear) struct buf input = BUF_INIT((size_t)64 << 20);

    PASS(fs_read_file(path, &input));
    LLVMFuzzerTestOneInput((const uint8_t *)buf_text(&input), input.len);
    return NULL;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        AUTO(err_freep) struct err *e = replay(argv[i]);

        if (e) {
            AUTO(mem_freep) char *text = err_text(e);

            fprintf(stderr, "replay: %s\n", text);
            return 1;
        }
    }
    printf("%d inputs replayed\n", argc - 1);
    return 0;
}
