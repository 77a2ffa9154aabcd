// The named limits of a component's instances, as a manifest's `limits` table sets them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice {

// What one instance of a function (for one run) or of an integration (for one call) may use. Passing a limit
// ends that run or call alone, with an error that names the limit. Defaults suit a function that handles
// events with documents of a few megabytes.
struct Limits {
  // Each linear memory of the instance, in MiB. The total is this times `memories`.
  std::uint64_t memory_mib = 64;
  // How many of each the instance may have, all its core modules together.
  std::uint64_t memories = 1;
  std::uint64_t tables = 8;
  std::uint64_t core_instances = 16;
  // Elements of each table.
  std::uint64_t table_elements = 20'000;
  // Time on a processor; waiting costs none.
  std::uint64_t cpu_ms = 10'000;
  // Time on the wall, waiting included.
  std::uint64_t time_limit_s = 300;
  // Calls over all links together.
  std::uint64_t calls = 10'000;
  // How deep calls may nest over links: a function's call is 1, that of the integration it called is 2.
  std::uint64_t call_depth = 8;
  // The arguments of one call, as bytes that the host has to keep.
  std::uint64_t call_bytes = 16ULL << 20;
  // The result of one call or of the run.
  std::uint64_t result_bytes = 16ULL << 20;
  // The arguments and results in all records of one run, where they are recorded. The call that passes it
  // ends the run.
  std::uint64_t record_bytes = 64ULL << 20;
  // All that one run logs; what comes after is dropped.
  std::uint64_t log_bytes = 1ULL << 20;
  // The key-value space: one key, one value, and how many entries.
  std::uint64_t kv_key_bytes = 512;
  std::uint64_t kv_value_bytes = 1ULL << 20;
  std::uint64_t kv_entries = 10'000;
  // One call to a language model: requests side by side, and texts that are counted or embedded.
  std::uint64_t model_requests = 256;
  std::uint64_t model_texts = 4096;

  friend bool operator==(const Limits&, const Limits&) = default;
};

// One limit as a manifest names it.
struct LimitSetting {
  std::string_view name;
  std::uint64_t Limits::* field;
  // Accepted range, both ends included.
  std::uint64_t min;
  std::uint64_t max;
};

inline constexpr std::array limit_settings = {
    LimitSetting{"memory-mib", &Limits::memory_mib, 1, 4096},
    LimitSetting{"memories", &Limits::memories, 1, 16},
    LimitSetting{"tables", &Limits::tables, 1, 64},
    LimitSetting{"core-instances", &Limits::core_instances, 1, 128},
    LimitSetting{"table-elements", &Limits::table_elements, 1, 20'000},
    LimitSetting{"cpu-ms", &Limits::cpu_ms, 1, 86'400'000},
    LimitSetting{"time-limit-s", &Limits::time_limit_s, 1, 604'800},
    LimitSetting{"calls", &Limits::calls, 0, 1'000'000'000},
    LimitSetting{"call-depth", &Limits::call_depth, 1, 64},
    LimitSetting{"call-bytes", &Limits::call_bytes, 1, 1ULL << 30},
    LimitSetting{"result-bytes", &Limits::result_bytes, 1, 1ULL << 30},
    LimitSetting{"record-bytes", &Limits::record_bytes, 1, 1ULL << 34},
    LimitSetting{"log-bytes", &Limits::log_bytes, 0, 1ULL << 30},
    LimitSetting{"kv-key-bytes", &Limits::kv_key_bytes, 1, 65'536},
    LimitSetting{"kv-value-bytes", &Limits::kv_value_bytes, 1, 1ULL << 30},
    LimitSetting{"kv-entries", &Limits::kv_entries, 0, 1'000'000'000},
    LimitSetting{"model-requests", &Limits::model_requests, 1, 4096},
    LimitSetting{"model-texts", &Limits::model_texts, 1, 65'536},
};

}  // namespace sluice
