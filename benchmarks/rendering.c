/* Builds and writes the same events with libical, again and again, and says how long it took.
 *
 *     cc -O2 -o rendering rendering.c -lical
 *     ./rendering events rounds calendar.ics
 *
 * "events" has a property a record (ended by 0x1e): its name, 0x1f, its value; an event ends
 * with an empty record. Values are read and dates made before the clock starts. Each round
 * prints the seconds of CPU that building and writing all events took; the last one's text
 * goes to the third argument, so that somebody can see that it is the same.
 */

#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct property {
    char *name; /* NULL ends an event */
    char *value;
    struct icaltimetype moment;
};

static char *slurp(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(1); }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    if (fread(text, 1, size, file) != (size_t)size) { perror(path); exit(1); }
    text[size] = 0;
    fclose(file);
    return text;
}

static struct property *parse(char *text, size_t *count) {
    size_t room = 1024;
    struct property *all = malloc(room * sizeof *all);
    *count = 0;
    for (char *end; (end = strchr(text, 0x1e)); text = end + 1) {
        *end = 0;
        if (*count == room) all = realloc(all, (room *= 2) * sizeof *all);
        struct property *each = &all[(*count)++];
        memset(each, 0, sizeof *each);
        char *value = strchr(text, 0x1f);
        if (!value) continue;
        *value++ = 0;
        each->name = text;
        each->value = value;
        if (!strncmp(text, "DT", 2) || !strcmp(text, "CREATED") || !strcmp(text, "LAST-MODIFIED"))
            each->moment = icaltime_from_string(value);
    }
    return all;
}

static icalproperty *make(const struct property *from) {
    const char *name = from->name, *value = from->value;
    if (!strcmp(name, "SUMMARY")) return icalproperty_new_summary(value);
    if (!strcmp(name, "DESCRIPTION")) return icalproperty_new_description(value);
    if (!strcmp(name, "DTSTART")) return icalproperty_new_dtstart(from->moment);
    if (!strcmp(name, "DTEND")) return icalproperty_new_dtend(from->moment);
    if (!strcmp(name, "DTSTAMP")) return icalproperty_new_dtstamp(from->moment);
    if (!strcmp(name, "CREATED")) return icalproperty_new_created(from->moment);
    if (!strcmp(name, "LAST-MODIFIED")) return icalproperty_new_lastmodified(from->moment);
    if (!strcmp(name, "UID")) return icalproperty_new_uid(value);
    if (!strcmp(name, "URL")) return icalproperty_new_url(value);
    if (!strcmp(name, "SEQUENCE")) return icalproperty_new_sequence(atoi(value));
    if (!strcmp(name, "CATEGORIES")) return icalproperty_new_categories(value);
    if (!strcmp(name, "COLOR")) return icalproperty_new_color(value);
    if (!strcmp(name, "RELATED-TO")) return icalproperty_new_relatedto(value);
    if (!strcmp(name, "CLASS"))
        return icalproperty_new_class(icalproperty_kind_and_string_to_enum(ICAL_CLASS_VALUE, value));
    if (!strcmp(name, "STATUS")) return icalproperty_new_status(icalproperty_string_to_status(value));
    if (!strcmp(name, "TRANSP"))
        return icalproperty_new_transp(icalproperty_kind_and_string_to_enum(ICAL_TRANSP_VALUE, value));
    if (!strncmp(name, "X-", 2)) {
        icalproperty *property = icalproperty_new_x(value);
        icalproperty_set_x_name(property, name);
        return property;
    }
    fprintf(stderr, "no property of that name is known here: %s\n", name);
    exit(1);
}

static char *write_all(const struct property *all, size_t count) {
    icalcomponent *calendar = icalcomponent_new_vcalendar();
    icalcomponent_add_property(calendar, icalproperty_new_version("2.0"));
    icalcomponent_add_property(calendar, icalproperty_new_prodid("-//benchmark//EN"));
    icalcomponent *event = icalcomponent_new_vevent();
    for (size_t at = 0; at < count; at++) {
        if (all[at].name) {
            icalcomponent_add_property(event, make(&all[at]));
        } else {
            icalcomponent_add_component(calendar, event);
            event = icalcomponent_new_vevent();
        }
    }
    char *text = icalcomponent_as_ical_string_r(calendar);
    icalcomponent_free(event);
    icalcomponent_free(calendar);
    return text;
}

static double cpu(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    if (argc != 4) { fprintf(stderr, "usage: rendering events rounds calendar.ics\n"); return 2; }
    size_t count;
    struct property *all = parse(slurp(argv[1]), &count);
    char *text = NULL;
    for (int round = atoi(argv[2]); round > 0; round--) {
        free(text);
        double began = cpu();
        text = write_all(all, count);
        printf("%.9f\n", cpu() - began);
    }
    FILE *file = fopen(argv[3], "wb");
    if (!file || fputs(text, file) < 0 || fclose(file)) { perror(argv[3]); return 1; }
    return 0;
}
