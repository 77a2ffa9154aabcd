// Writes GGUF files whose weights are a function of their place.
#pragma once

#include <ggml.h>
#include <gguf.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sluice::backends::ggml::test {

// Numbers between -1 and 1 (a linear congruential generator; D. Knuth's MMIX constants).
class Numbers {
 public:
  float next() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<float>(static_cast<std::int32_t>(state_ >> 32U)) / 2147483648.0F;
  }

 private:
  std::uint64_t state_ = 42;
};

class GgufWriter {
 public:
  void text(const char* key, const std::string& value) { gguf_set_val_str(file_.get(), key, value.c_str()); }
  void yes(const char* key) { gguf_set_val_bool(file_.get(), key, true); }
  void number(const char* key, std::uint32_t value) { gguf_set_val_u32(file_.get(), key, value); }
  void real(const char* key, float value) { gguf_set_val_f32(file_.get(), key, value); }
  void reals(const char* key, std::array<float, 3> values) {
    gguf_set_arr_data(file_.get(), key, GGUF_TYPE_FLOAT32, values.data(), values.size());
  }
  void numbers(const char* key, std::span<const std::int32_t> values) {
    gguf_set_arr_data(file_.get(), key, GGUF_TYPE_INT32, values.data(), values.size());
  }
  void texts(const char* key, const std::vector<std::string>& values) {
    std::vector<const char*> list;
    for (const std::string& value : values) list.push_back(value.c_str());
    gguf_set_arr_str(file_.get(), key, list.data(), list.size());
  }
  // Weights from -scale to scale around `middle`.
  void tensor(const std::string& name, std::initializer_list<std::int64_t> dims, float scale,
              float middle = 0) {
    const std::vector<std::int64_t> shape(dims);
    ggml_tensor* const made =
        ggml_new_tensor(tensors_.get(), GGML_TYPE_F32, static_cast<int>(shape.size()), shape.data());
    ggml_set_name(made, name.c_str());
    auto* const data = static_cast<float*>(made->data);
    for (std::int64_t i = 0; i < ggml_nelements(made); ++i) data[i] = middle + scale * numbers_.next();
    gguf_add_tensor(file_.get(), made);
  }
  void norm(const std::string& name, std::int64_t width) {
    tensor(name + ".weight", {width}, 0.1F, 1);
    tensor(name + ".bias", {width}, 0.1F);
  }
  void linear(const std::string& name, std::int64_t in, std::int64_t out) {
    tensor(name + ".weight", {in, out}, 0.3F);
    tensor(name + ".bias", {out}, 0.1F);
  }
  [[nodiscard]] bool write(const std::string& path) {
    return gguf_write_to_file(file_.get(), path.c_str(), false);
  }

 private:
  struct FreeFile {
    void operator()(gguf_context* file) const { gguf_free(file); }
  };
  struct FreeTensors {
    void operator()(ggml_context* tensors) const { ggml_free(tensors); }
  };
  std::unique_ptr<gguf_context, FreeFile> file_{gguf_init_empty()};
  std::unique_ptr<ggml_context, FreeTensors> tensors_{
      ggml_init({.mem_size = std::size_t{8} << 20U, .mem_buffer = nullptr, .no_alloc = false})};
  Numbers numbers_;
};

}  // namespace sluice::backends::ggml::test
