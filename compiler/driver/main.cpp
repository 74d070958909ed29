#include "driver/command_line.hpp"

int main(int argc, char** argv) { return zflow::run_command_line(argc, argv); }
