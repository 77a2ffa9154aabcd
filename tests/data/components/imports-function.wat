;; Imports a bare function instead of an interface.
(component
  (import "do-anything" (func (param "what" string))))
