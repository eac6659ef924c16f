/** The commands of `twinwire`; each is described by its --help (cli.h). */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/** List topics. */
int topics_main(int argc, char **argv);

#endif
