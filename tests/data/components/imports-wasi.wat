;; Imports WASI's environment and files, as a program of another runtime would.
(component
  (import "wasi:cli/environment@0.2.0" (instance
    (export "get-environment" (func (result (list (tuple string string)))))))
  (import "wasi:filesystem/preopens@0.2.0" (instance
    (export "descriptor" (type (sub resource))))))
