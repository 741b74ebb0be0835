; JavaScript only.
(class_declaration name: (identifier) @class.name) @class
(variable_declarator name: (identifier) @class.name value: (class) @class)
(class_declaration (class_heritage (_) @class.base)) @class.of
(class (class_heritage (_) @class.base)) @class.of
(field_definition property: (_) @field.name) @field
