; TypeScript only.
(nested_type_identifier module: (_) @object name: (_) @property) @member
(class_declaration name: (type_identifier) @class.name) @class
(abstract_class_declaration name: (type_identifier) @class.name) @class @class.abstract
(interface_declaration name: (type_identifier) @class.name) @class @class.interface
(type_alias_declaration name: (type_identifier) @variable.name) @variable
(enum_declaration name: (identifier) @class.name) @class @class.outside
(enum_body (property_identifier) @field.name @field)
(enum_assignment name: (property_identifier) @field.name) @field
(class_declaration (class_heritage (extends_clause value: (_) @class.base))) @class.of
(class_declaration (class_heritage (implements_clause (_) @class.base))) @class.of
(abstract_class_declaration (class_heritage (extends_clause value: (_) @class.base))) @class.of
(abstract_class_declaration (class_heritage (implements_clause (_) @class.base))) @class.of
(interface_declaration (extends_type_clause type: (_) @class.base)) @class.of
(public_field_definition name: (_) @field.name type: (type_annotation (_) @field.type)?) @field
(abstract_method_signature name: (_) @method.name parameters: (formal_parameters) @params) @method @abstract
(interface_body (method_signature name: (_) @method.name parameters: (formal_parameters) @params) @method @abstract)
(interface_body (property_signature name: (_) @field.name type: (type_annotation (_) @field.type)?) @field @abstract)
(function_signature name: (identifier) @function.name parameters: (formal_parameters) @params) @function
(function_declaration return_type: (type_annotation (_) @result)) @result.of
(method_definition return_type: (type_annotation (_) @result)) @result.of
(variable_declarator name: (identifier) @typed.name type: (type_annotation (_) @typed.type))

; == each by itself ==
(type_identifier) @root
