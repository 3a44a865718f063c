/* base/own.h: what a scope opens, the scope closes.
 *
 * Layer: base. Includes nothing of ours.
 *
 *   AUTO(fn)   on a declaration: fn(&variable) runs when the scope ends
 *   TAKE(p)    hands the pointer on and leaves NULL behind, so that AUTO does nothing
 *   MUST_USE   a result that is ignored does not compile (with -Werror)
 */
#ifndef PGKEEP_BASE_OWN_H
#define PGKEEP_BASE_OWN_H

#define AUTO(fn) __attribute__((cleanup(fn)))
#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))
#define UNUSED __attribute__((unused))

#define TAKE(p)                                                                                \
    ({                                                                                         \
        __typeof__(p) taken_ = (p);                                                            \
        (p) = NULL;                                                                            \
        taken_;                                                                                \
    })

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
