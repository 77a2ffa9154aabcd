;; Answers with text that is not UTF-8.
(module
  (memory (export "memory") 1)
  (data (i32.const 64) "text \c3\28 \ff\fe")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "sluice:events/handler@0.1.0#handle")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 4) (i32.const 64))
    (i32.store (i32.const 8) (i32.const 10))
    (i32.const 0)))
