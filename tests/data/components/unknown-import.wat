;; Imports an interface that nobody provides.
(component
  (import "evil:backdoor/shell@1.0.0" (instance
    (export "run" (func (param "command" string) (result string))))))
