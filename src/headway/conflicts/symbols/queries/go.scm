; Go. The captures' meaning: headway/conflicts/symbols/tree_index.py.

; Uses
(selector_expression operand: (_) @object field: (_) @property) @member
(qualified_type package: (package_identifier) @object name: (type_identifier) @property) @member
(index_expression operand: (_) @indexed) @index
(call_expression function: (_) @callee arguments: (argument_list) @arguments) @call
(parenthesized_expression (_) @inner) @outer
(unary_expression operand: (composite_literal type: (_) @made)) @making
(composite_literal type: (_) @made) @making

; Scopes without a name
(func_literal parameters: (parameter_list) @lambda.params) @lambda.node

(package_clause (package_identifier) @package)

; Functions
(function_declaration name: (identifier) @function.name parameters: (parameter_list) @params) @function
(function_declaration result: (_) @result) @result.of
(method_declaration
  receiver: (parameter_list) @receiver
  name: (field_identifier) @method.name
  parameters: (parameter_list) @params) @method
(method_declaration result: (_) @result) @result.of

; Types
(type_spec name: (type_identifier) @class.name type: (struct_type)) @class
(type_spec name: (type_identifier) @class.name type: (interface_type)) @class @class.interface
(type_spec name: (type_identifier) @class.name type: [(type_identifier) (qualified_type) (map_type) (slice_type) (function_type) (pointer_type) (array_type) (channel_type)]) @class @class.outside
(type_alias name: (type_identifier) @variable.name) @variable
(field_declaration name: (field_identifier) @field.name type: (_) @field.type) @field
(field_declaration_list (field_declaration !name type: (_) @class.embedded))
(method_elem name: (field_identifier) @method.name parameters: (parameter_list) @params) @method @abstract
(interface_type (type_elem (_) @class.embedded))

; Names
(const_spec name: (identifier) @variable.name value: (expression_list . (_) @variable.value)?) @variable
(var_spec name: (identifier) @variable.name value: (expression_list . (_) @variable.value)?) @variable
(var_spec name: (identifier) @typed.name type: (_) @typed.type)
(short_var_declaration
  left: (expression_list . (identifier) @variable.name .)
  right: (expression_list . (_) @variable.value .)) @variable

; Imports
(import_spec name: (package_identifier)? @import.name path: (interpreted_string_literal (interpreted_string_literal_content) @import.module)) @import

; == each by itself ==
[(identifier) (type_identifier) (package_identifier)] @root
(expression_statement (_) @alone)
[(block) (for_statement) (if_statement) (expression_switch_statement) (type_switch_statement) (select_statement) (func_literal)] @scope
(short_var_declaration left: (expression_list (identifier) @bound))
(range_clause left: (expression_list (identifier) @bound))
(keyed_element key: (literal_element (identifier) @not_used))
(parameter_declaration name: (identifier) @not_used)
