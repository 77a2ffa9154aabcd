// Marks a function that is compiled once for each kind of processor; which one runs is chosen when the
// library is loaded.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define SLUICE_KNOWS_PROCESSORS
#define SLUICE_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SLUICE_EACH_PROCESSOR
#endif
