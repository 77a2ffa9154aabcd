;; Answers with text that lies outside its memory.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "sluice:events/handler@0.1.0#handle")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 4) (i32.const 0x7fffff00))
    (i32.store (i32.const 8) (i32.const 4096))
    (i32.const 0)))
