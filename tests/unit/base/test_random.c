#include "base/mem.h"
#include "base/random.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* In the kernel's place: so many bytes a call at most, each one more than the one before;
 * `refusals` times EINTR first; -1 always ENOSYS. */
static size_t pieces;
static int refusals;
static unsigned char next;

ssize_t getrandom(void *out, size_t len, unsigned int flags)
{
    size_t count = len < pieces ? len : pieces;

    if (refusals != 0) {
        errno = refusals < 0 ? ENOSYS : EINTR;
        refusals -= refusals > 0;
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        ((unsigned char *)out)[i] = next++;
    return (ssize_t)count;
}

static int kernel(size_t bytes_a_call, int interruptions)
{
    pieces = bytes_a_call;
    refusals = interruptions;
    next = 0;
    return 0;
}

static void all_bytes_are_random_also_where_the_kernel_gives_them_piece_by_piece(void **state)
{
    unsigned char bytes[300], expected[300];

    for (size_t i = 0; i < sizeof(expected); i++)
        expected[i] = (unsigned char)i;
    for (size_t piece = 1; piece <= 300; piece += 23) {
        kernel(piece, 2);
        memset(bytes, 0xff, sizeof(bytes));
        random_bytes(bytes, sizeof(bytes));
        assert_memory_equal(bytes, expected, sizeof(bytes));
    }
}

static void hex_has_two_digits_for_each_byte(void **state)
{
    AUTO(mem_freep) char *some = NULL;
    AUTO(mem_freep) char *none = NULL;
    uint64_t number;

    kernel(256, 0);
    next = 0x0e;
    some = random_hex(4);
    none = random_hex(0);
    assert_string_equal(some, "0e0f1011");
    assert_string_equal(none, "");
    number = random_number();
    assert_int_equal(((unsigned char *)&number)[7], 0x19);
}

static void without_a_kernel_that_gives_them_the_process_ends(void **state)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        unsigned char byte;

        close(STDERR_FILENO);
        kernel(1, -1);
        random_bytes(&byte, 1);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_bytes_are_random_also_where_the_kernel_gives_them_piece_by_piece),
        cmocka_unit_test(hex_has_two_digits_for_each_byte),
        cmocka_unit_test(without_a_kernel_that_gives_them_the_process_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
