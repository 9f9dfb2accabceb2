"""The doctor: looks at the set-up and at the world around it, changes nothing, sends nothing."""
