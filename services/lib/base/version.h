/** The version of this tree; CHANGELOG.md says what is in it. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define TWINWIRE_VERSION "0.1.0"

#endif
