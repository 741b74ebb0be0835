; What JavaScript and TypeScript have in common. The captures' meaning: headway/conflicts/symbols/tree_index.py.

; Uses
(member_expression object: (_) @object property: (_) @property) @member
(subscript_expression object: (_) @indexed) @index
(call_expression function: (_) @callee arguments: (arguments) @arguments) @call
(new_expression constructor: (_) @callee arguments: (arguments)? @arguments) @call
(parenthesized_expression (_) @inner) @outer

; Functions
(function_declaration name: (identifier) @function.name parameters: (formal_parameters) @params) @function
(generator_function_declaration name: (identifier) @function.name parameters: (formal_parameters) @params) @function
(variable_declarator
  name: (identifier) @function.name
  value: [
    (arrow_function parameters: (formal_parameters) @params)
    (function_expression parameters: (formal_parameters) @params)
  ] @function)
(variable_declarator
  name: (identifier) @function.name
  value: (arrow_function parameter: (identifier) @params) @function)
(arrow_function parameters: (formal_parameters) @lambda.params) @lambda.node
(arrow_function parameter: (identifier) @lambda.params) @lambda.node
(function_expression parameters: (formal_parameters) @lambda.params) @lambda.node
(method_definition name: (_) @method.name parameters: (formal_parameters) @params) @method

; Names
(variable_declarator name: (identifier) @variable.name value: (_)? @variable.value) @variable
(assignment_expression left: (member_expression object: (this) property: (_) @attribute.name)) @attribute

; Imports
(import_statement
  (import_clause (identifier) @import.default)
  source: (string (string_fragment) @import.module)) @import
(import_statement
  (import_clause (namespace_import (identifier) @import.whole))
  source: (string (string_fragment) @import.module)) @import
(import_statement
  (import_clause (named_imports (import_specifier name: (_) @import.member alias: (identifier)? @import.name)))
  source: (string (string_fragment) @import.module)) @import
(variable_declarator
  name: (identifier) @import.whole
  value: (call_expression function: (identifier) @_require arguments: (arguments (string (string_fragment) @import.module)))
  (#eq? @_require "require")) @import
(variable_declarator
  name: (object_pattern (shorthand_property_identifier_pattern) @import.member)
  value: (call_expression function: (identifier) @_require arguments: (arguments (string (string_fragment) @import.module)))
  (#eq? @_require "require")) @import
(variable_declarator
  name: (object_pattern (pair_pattern key: (property_identifier) @import.member value: (identifier) @import.name))
  value: (call_expression function: (identifier) @_require arguments: (arguments (string (string_fragment) @import.module)))
  (#eq? @_require "require")) @import

; Exports
(export_statement declaration: (_ name: (_) @export.name))
(export_statement declaration: (lexical_declaration (variable_declarator name: (identifier) @export.name)))
(export_statement declaration: (variable_declaration (variable_declarator name: (identifier) @export.name)))
(export_statement
  (export_clause (export_specifier name: (_) @export.name alias: (_)? @export.as))
  source: (string (string_fragment) @export.module)?)
(export_statement "default" @export.default [declaration: (_ name: (_) @export.name) value: (identifier) @export.name])
(export_statement "default" @export.default)
(export_statement "*" source: (string (string_fragment) @export.star))
(export_statement (namespace_export (identifier) @export.namespace) source: (string (string_fragment) @export.module))
(assignment_expression
  left: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
  right: (_) @export.whole
  (#eq? @_module "module") (#eq? @_exports "exports")) @export.node
(assignment_expression
  left: (member_expression
    object: [(identifier) (member_expression)] @_exports
    property: (property_identifier) @export.own)
  (#any-of? @_exports "exports" "module.exports")) @export.node

; == each by itself ==
[(identifier) (shorthand_property_identifier) (this) (super)] @root
(await_expression (_) @awaited)
(expression_statement (_) @alone)
; Scopes without a name
[(statement_block) (for_statement) (for_in_statement) (catch_clause) (switch_body)] @scope
[(arrow_function) (function_expression) (generator_function)] @lambda
(object_pattern (shorthand_property_identifier_pattern) @bound)
(object_pattern (pair_pattern value: (identifier) @bound))
(object_pattern (object_assignment_pattern left: (shorthand_property_identifier_pattern) @bound))
(array_pattern (identifier) @bound)
(rest_pattern (identifier) @bound)
(catch_clause parameter: (identifier) @bound)
(for_in_statement left: (identifier) @bound)
