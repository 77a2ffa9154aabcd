;; A module without a beginning of its own.
(module
  (memory (export "memory") 1)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $divide (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "root") (param f64) (result f64) (f64.sqrt (local.get 0)))
  (func (export "two") (result i32 i64) (i32.const -1) (i64.const 0x7fffffffffffffff))
  (func (export "small") (param f32) (result f32) (local.get 0))
  (func (export "same64") (param i64) (result i64) (local.get 0))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "spin") (loop (br 0)))
  (func (export "vector") (param v128)))
