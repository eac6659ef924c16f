/** The commands of `twinwire`; each is described by its --help (cli.h). */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

int provision_main(int argc, char **argv);
int tail_main(int argc, char **argv);
int topics_main(int argc, char **argv);

#endif
