#pragma once
#include <stdbool.h>
#include <stddef.h>

/// Gives `count` bytes to an engine as pn_connection_driver_read_done does. False if the engine met a
/// frame that its own check would have ended the process for; it must then be freed, and be told
/// nothing before that.
bool martlet_read_done(void *driver, size_t count);
