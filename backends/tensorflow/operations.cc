#include "operations.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "common/wire.h"
#include "runtime.h"

// Numbers of fields are those of graph.proto, function.proto, node_def.proto and op_def.proto.
namespace sluice::tensorflow {
namespace {

using backends::failed;
using backends::Result;
using backends::Wire;

// In the names of operations that reach out of the graph although TensorFlow says that they keep no state.
constexpr std::string_view outside_words[] = {"Abort",   "Custom", "Dataset", "Debug",  "File", "Iterator",
                                              "Proto",   "PyFunc", "Reader",  "Remote", "Rpc",  "Snapshot",
                                              "Summary", "TPU",    "Tpu",     "Vocab",  "Xla"};

// Of the operations with a state, those whose state is numbers within the graph: their names or how they
// begin.
constexpr std::string_view inside_beginnings[] = {
    "Assign",   "HashTable", "LookupTable", "MutableDenseHashTable", "MutableHashTable", "Random",
    "Resource", "Stack",     "Stateful",    "TensorArray",           "TruncatedNormal"};
constexpr std::string_view inside_names[] = {"Assert",
                                             "Case",
                                             "CheckNumerics",
                                             "CheckNumericsV2",
                                             "DeviceIndex",
                                             "Empty",
                                             "GuaranteeConst",
                                             "If",
                                             "InitializeTableV2",
                                             "IsVariableInitialized",
                                             "Multinomial",
                                             "ParameterizedTruncatedNormal",
                                             "ReadVariableOp",
                                             "TemporaryVariable",
                                             "VarHandleOp",
                                             "VarIsInitializedOp",
                                             "Variable",
                                             "VariableV2",
                                             "While"};

// The operations with a state, of all that this TensorFlow knows.
std::unordered_set<std::string> read_stateful() {
  std::unordered_set<std::string> names;
  const Buffer list(TF_GetAllOpList());
  Wire wire(std::string_view(static_cast<const char*>(list->data), list->length));
  while (const auto operation = wire.next()) {
    std::string_view name;
    bool stateful = false;
    Wire fields(operation->bytes);
    while (const auto field = fields.next()) {
      if (field->number == 1) name = field->bytes;
      if (field->number == 17) stateful = field->value != 0;
    }
    if (stateful) names.emplace(name);
  }
  return names;
}

bool may_be_used(const std::string& operation) {
  static const std::unordered_set<std::string> stateful = read_stateful();
  if (std::ranges::any_of(outside_words, [&](std::string_view word) { return operation.contains(word); }))
    return false;
  return !stateful.contains(operation) ||
         std::ranges::find(inside_names, operation) != std::end(inside_names) ||
         std::ranges::any_of(inside_beginnings,
                             [&](std::string_view word) { return operation.starts_with(word); });
}

std::unexpected<backends::Failed> no_graph() {
  return failed(SLUICE_NN_CORRUPT, "this is no graph of TensorFlow, or it is damaged");
}

Result<void> check_wire(const Wire& wire) {
  if (wire.broken()) return no_graph();
  return {};
}

// TensorFlow writes a line to standard error for each text that is no UTF-8. Those of its own tools are
// ASCII.
bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) { return letter >= ' ' && letter <= '~'; });
}

// The name of an attribute.
bool has_ascii_key(std::string_view entry) {
  Wire wire(entry);
  while (const auto field = wire.next()) {
    if (field->number == 1 && !is_ascii(field->bytes)) return false;
  }
  return !wire.broken();
}

// The field `number` of a message, if that is a number.
std::uint64_t number_in(std::string_view message, std::uint32_t number) {
  std::uint64_t found = 0;
  Wire wire(message);
  while (const auto field = wire.next()) {
    if (field->number == number) found = field->value;
  }
  return found;
}

// A constant says twice of what type it is, and TensorFlow ends the process while it improves a graph where
// the two differ.
struct ConstantTypes {
  std::uint64_t said = 0;
  std::uint64_t is = 0;

  void add(std::string_view attribute) {
    std::string_view key;
    std::string_view value;
    Wire wire(attribute);
    while (const auto field = wire.next()) {
      if (field->number == 1) key = field->bytes;
      if (field->number == 2) value = field->bytes;
    }
    if (key == "dtype") said = number_in(value, 6);
    if (key != "value") return;
    Wire fields(value);
    while (const auto field = fields.next()) {
      if (field->number == 8) is = number_in(field->bytes, 1);
    }
  }
};

Result<void> check_node(std::string_view node) {
  std::string_view operation;
  ConstantTypes types;
  Wire wire(node);
  while (const auto field = wire.next()) {
    const bool plain =
        field->number == 5 ? has_ascii_key(field->bytes) : field->number > 4 || is_ascii(field->bytes);
    if (!plain) return no_graph();
    if (field->number == 2) operation = field->bytes;
    if (field->number == 5) types.add(field->bytes);
    if (field->number == 2 && !may_be_used(std::string(field->bytes)))
      return failed(
          SLUICE_NN_INVALID,
          "the graph has an operation " + std::string(field->bytes.substr(0, 100)) +
              ", which one that is given as bytes can't have: load it by its path, or leave that out");
  }
  if (operation == "Const" && types.said != types.is) return no_graph();
  return check_wire(wire);
}

// Of nodes in a message that has them as field `number`.
Result<void> check_nodes(std::string_view message, std::uint32_t number) {
  Wire wire(message);
  while (const auto field = wire.next()) {
    if (field->number != number) continue;
    if (auto fine = check_node(field->bytes); !fine) return fine;
  }
  return check_wire(wire);
}

Result<void> check_functions(std::string_view library) {
  Wire wire(library);
  while (const auto field = wire.next()) {
    if (field->number != 1) continue;
    if (auto fine = check_nodes(field->bytes, 3); !fine) return fine;
  }
  return check_wire(wire);
}

}  // namespace

Result<void> check_operations(std::string_view graph_def) {
  if (auto fine = check_nodes(graph_def, 1); !fine) return fine;
  Wire wire(graph_def);
  while (const auto field = wire.next()) {
    if (field->number != 2) continue;
    if (auto fine = check_functions(field->bytes); !fine) return fine;
  }
  return {};
}

}  // namespace sluice::tensorflow
