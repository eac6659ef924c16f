/**
 * The commands of `twinwire`.  Each returns an exit code (enum cli_exit) and
 * is described by its own --help.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/** As cli.h says of a command. */
/** Let a connection carry its plan out. */
int approve_main(int argc, char **argv);
/** Who ordered what, and what became of it. */
int audit_main(int argc, char **argv);
/** Find all mistakes in configuration files. */
int check_main(int argc, char **argv);
/** Suggest ids for the name of a city. */
int cities_main(int argc, char **argv);
/** List dead letters, show one whole, have them tried again, drop them. */
int dead_main(int argc, char **argv);
/** The newest record under a key, and what became of it where. */
int get_main(int argc, char **argv);
/** Write a folder with which a member runs its own connector. */
int kit_main(int argc, char **argv);
/** What a connection would do. */
int plan_main(int argc, char **argv);
/** Let a member go: rights, records, topics. */
int leave_main(int argc, char **argv);
/** Let a connection rest. */
int pause_main(int argc, char **argv);
/** Make the files that a wire on one server takes. */
int prepare_main(int argc, char **argv);
/** What a system does with our requests, by a test record. */
int probe_main(int argc, char **argv);
/** Make topics and register schemas. */
int provision_main(int argc, char **argv);
/** Publish records of files. */
int publish_main(int argc, char **argv);
/** Have a connection take down what it wrote. */
int purge_main(int argc, char **argv);
/** What was not delivered or not published, and why. */
int refused_main(int argc, char **argv);
/** Have a connection write its records to the wire once more. */
int republish_main(int argc, char **argv);
/** Have a connection read its topics whole once more. */
int resync_main(int argc, char **argv);
/** Let a paused connection go on. */
int resume_main(int argc, char **argv);
/** How the connections are. */
int status_main(int argc, char **argv);
/** Print what goes over the wire. */
int tail_main(int argc, char **argv);
/** Run the test cases in preset files. */
int test_main(int argc, char **argv);
/** List topics. */
int topics_main(int argc, char **argv);
/** Cities that no id is known for, with suggestions. */
int unresolved_main(int argc, char **argv);
/** Withdraw records. */
int withdraw_main(int argc, char **argv);

#endif
