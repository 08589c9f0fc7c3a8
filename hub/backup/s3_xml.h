/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The few words that are read of an S3 store's answers. */
#ifndef BACKUP_S3_XML_H
#define BACKUP_S3_XML_H

#include "base/scope.h"
#include "base/str.h"

#define S3_XML_TEXT_MAX 1024

/* The text of the first element NAME that has no other inside, entities resolved; arena. NULL where
   there is none, or it is longer than S3_XML_TEXT_MAX or has control characters. */
const char *s3_xml_text(struct scope *sc, struct bytes xml, const char *name);

#endif
