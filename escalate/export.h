// What libescalate.so shows of itself.
#pragma once

#define ESCALATE_API __attribute__((visibility("default")))
