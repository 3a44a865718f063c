/* tests/fuzz/replay.c: feeds files to a fuzz target where libFuzzer is not at hand.
 *
 * Usage: replay FILE...   Before each file its name is printed, so that the last line names the
 * one that ended the program.
 */
#include "base/buf.h"
#include "base/fs.h"
#include "tests/fuzz/fuzz.h"

static struct err *replay(const char *path)
{
    AUTO(buf_clear) struct buf input = BUF_INIT((size_t)64 << 20);
    AUTO(mem_freep) uint8_t *exact = NULL;

    PASS(fs_read_file(path, &input));
    exact = mem_new(input.len + 1, 1); /* no byte to spare for the parsers: see the offset */
    memcpy(exact + 1, buf_text(&input), input.len);
    (void)LLVMFuzzerTestOneInput(exact + 1, input.len);
    return NULL;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        AUTO(err_freep) struct err *e = NULL;

        printf("%s\n", argv[i]);
        fflush(stdout);
        e = replay(argv[i]);
        if (e) {
            AUTO(mem_freep) char *text = err_text(e);

            fprintf(stderr, "replay: %s\n", text);
            return 1;
        }
    }
    printf("%d inputs replayed\n", argc - 1);
    return argc > 1 ? 0 : 1;
}
