BREAKS = ()
NEAR = ()
