"""Writes a C header of ONNX Runtime's table of functions from the declarations that the crate ort-sys has in Rust.

    ort_header.py RUST_SOURCE HEADER

The table only ever grows at its end, so that its part of an old version serves all later ones. Functions with parameters
that are no plain types are places in the table without a signature.
"""

import re
import sys

VERSION = 24
WASM = 'cfg(all(target_family = "wasm", target_os = "unknown"))'
NAMES = {"bool": "bool", "c_char": "char", "os_char": "char", "c_void": "void", "c_int": "int", "usize": "size_t",
         "u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "u64": "uint64_t", "i32": "int32_t", "i64": "int64_t", "f32": "float",
         "f64": "double", "OrtStatusPtr": "OrtStatus*"}


def without_notes(source: str) -> str:
    source = re.sub(r'#!?\[doc = "(?:[^"\\]|\\.)*"\]', "", source)
    return re.sub(r"//[^\n]*", "", source).replace("core::ffi::", "")


def split(text: str) -> list[str]:
    """At commas that are in no brackets."""
    parts, depth, begin = [], 0, 0
    text = text.replace("->", "\0\0")
    for place, letter in enumerate(text):
        depth += (letter in "([{<") - (letter in ")]}>")
        if letter == "," and depth == 0:
            parts.append(text[begin:place])
            begin = place + 1
    parts.append(text[begin:])
    return [part.replace("\0\0", "->").strip() for part in parts if part.strip()]


def body(source: str, kind: str, name: str) -> str:
    begin = source.index(f"pub {kind} {name} {{") + len(f"pub {kind} {name} {{")
    return source[begin:source.index("\n}", begin)]


def c_type(rust: str, known: set[str]) -> str:
    """Raises KeyError for what is no plain type."""
    rust = rust.strip()
    for pointer, suffix in (("*const ", " const*"), ("*mut ", "*")):
        if rust.startswith(pointer):
            return c_type(rust[len(pointer):], known) + suffix
    return rust if rust in known else NAMES[rust]


def function(field: str, known: set[str]) -> str:
    name, signature = re.fullmatch(r"pub (\w+):\s*(.*)", field, re.DOTALL).groups()
    plain = re.fullmatch(r'unsafe extern "system" fn\((.*)\)(?:\s*->\s*([^()]+))?', signature.strip(), re.DOTALL)
    try:
        if plain is None:
            raise KeyError(signature)
        parameters = [c_type(part.split(":", 1)[1], known) for part in split(plain.group(1))]
        result = c_type(plain.group(2), known) if plain.group(2) else "void"
    except KeyError:
        return f"  void (*{name})(void); /* without its signature */"
    return f"  {result} (*{name})({', '.join(parameters) or 'void'});"


def table(source: str, known: set[str]) -> list[str]:
    lines = []
    for field in split(body(source, "struct", "OrtApi")):
        conditions = re.findall(r"#\[((?:[^\[\]])*)\]", field)
        if WASM in conditions:
            continue
        if any(int(version) > VERSION for version in re.findall(r'"api-(\d+)"', " ".join(conditions))):
            break
        lines.append(function(re.sub(r"#\[[^\[\]]*\]", "", field).strip(), known))
    return lines


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        source = without_notes(file.read())
    enums = re.findall(r"#\[repr\([iu]32\)\][^{]*?pub enum (\w+) \{(.*?)\n\}", source, re.DOTALL)
    structs = re.findall(r"pub struct (Ort\w+) \{\s*_unused: \[u8; 0\]", source)
    known = {name for name, _ in enums} | set(structs) | {"OrtAllocator", "OrtLoggingFunction"}
    functions = table(source, known)
    needed = [(name, values) for name, values in enums if any(name in line for line in functions)]
    lines = ["/* Made by script/lib/networks/ort_header.py of the crate ort-sys. */", "#pragma once", "",
             "#include <stdbool.h>", "#include <stddef.h>", "#include <stdint.h>", "", "#ifdef __cplusplus", 'extern "C" {',
             "#endif", "",
             f"#define ORT_API_VERSION {VERSION}U", ""]
    for name, values in needed:
        kept = [value.strip() for value in split(re.sub(r"#\[[^\[\]]*\]", "", values))]
        lines += [f"typedef enum {name} {{", *(f"  {value}," for value in kept), f"}} {name};"]
    lines += [f"typedef struct {name} {name};" for name in [*structs, "OrtAllocator"]]
    lines += ["typedef void (*OrtLoggingFunction)(void* param, OrtLoggingLevel severity, const char* category,",
              "                                   const char* logid, const char* code_location, const char* message);"]
    lines += ["", "typedef struct OrtApi {", *functions, "} OrtApi;", "", "typedef struct OrtApiBase {",
              "  const OrtApi* (*GetApi)(uint32_t version);", "  const char* (*GetVersionString)(void);",
              "} OrtApiBase;", "", "const OrtApiBase* OrtGetApiBase(void);", "", "#ifdef __cplusplus", "}", "#endif"]
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
