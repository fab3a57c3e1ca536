#pragma once
// wslay for Swift.
#include <sys/types.h>
#include <wslay/wslay.h>
