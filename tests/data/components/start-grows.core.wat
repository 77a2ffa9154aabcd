;; Takes all memory that it is given while it is instantiated, then says whether it got less than 1 GiB.
(module
  (memory (export "memory") 1)
  (data (i32.const 64) "stopped")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func $start
    (loop $again
      (if (i32.ne (memory.grow (i32.const 16)) (i32.const -1))
        (then (br_if $again (i32.lt_u (memory.size) (i32.const 16384)))))))
  (start $start)
  (func (export "sluice:events/handler@0.1.0#handle")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (if (i32.ge_u (memory.size) (i32.const 16384)) (then unreachable))
    (i32.store (i32.const 4) (i32.const 64))
    (i32.store (i32.const 8) (i32.const 7))
    (i32.const 0)))
