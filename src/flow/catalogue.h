// The model catalogue: the models of this machine, by name. A file of the user's (`sluice model` writes it)
// and those that came with the program, all of one form (docs/models.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "nn/models.h"

namespace sluice::flow {

struct CatalogueEntry {
  nn::ModelSpec spec;  // the path is absolute, or relative to the working folder as that of the catalogue is
  std::uint64_t bytes = 0;  // of the file; 0: not written
  std::string description;
  std::string license;
  std::string source;
  // Whether it is able to review code. `sluice review` shows nothing of what one says that is not.
  bool reviews_code = true;
  bool is_own = false;         // of the user's file
  std::filesystem::path file;  // the catalogue that it stands in

  friend bool operator==(const CatalogueEntry&, const CatalogueEntry&) = default;
};

// Reads files when it is asked, and keeps nothing: threads and processes may share the files.
class Catalogue {
 public:
  struct Places {
    std::filesystem::path own;                    // may not be there yet; empty: there is none
    std::vector<std::filesystem::path> packaged;  // those that are not there are passed over
  };
  explicit Catalogue(Places places) : places_(std::move(places)) {}

  // By name. Where several files have a name, the user's counts, then the first.
  [[nodiscard]] Result<std::vector<CatalogueEntry>> entries() const;
  // not_found says what there is.
  [[nodiscard]] Result<CatalogueEntry> find(std::string_view name) const;

  // `invalid_input` if the name is taken.
  [[nodiscard]] Status check_free(std::string_view name) const;
  // Both write the user's file, and leave all else in it as it is, comments too; two at a time wait for each
  // other. `invalid_input` if the name is taken.
  [[nodiscard]] Status add(const CatalogueEntry& entry) const;
  // Takes a model of the user's out; its file stays. Gives what it was.
  [[nodiscard]] Result<CatalogueEntry> remove(std::string_view name) const;

  [[nodiscard]] const Places& places() const { return places_; }

 private:
  Places places_;
};

}  // namespace sluice::flow
