#pragma once
// http-parser for Swift.
#include <http_parser.h>
