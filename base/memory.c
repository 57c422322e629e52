/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <link.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void memory_keep(int bytes)
{
#ifdef __GLIBC__
    /* NOLINTBEGIN(concurrency-mt-unsafe): there is one thread */
    (void)mallopt(M_TRIM_THRESHOLD, bytes);
    (void)mallopt(M_MMAP_THRESHOLD, bytes);
    /* NOLINTEND(concurrency-mt-unsafe) */
#else
    (void)bytes;
#endif
}

void memory_trim(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

/* Unmap the pages of one segment. Its address is a number where the loader tells of it. */
static void unmap_segment(uintptr_t start, size_t len)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = start - start % page;

    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    (void)madvise((void *)first, len + (start - first), MADV_DONTNEED); /* else they stay */
}

/* Whether the loader wrote to the code of the object @info (text relocations), so that its file has
 * another. None of Debian's libraries is built so. */
static bool is_relocated(const struct dl_phdr_info *info, const ElfW(Phdr) * dynamic)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(info->dlpi_addr + dynamic->p_vaddr);

    for (; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_TEXTREL ||
            (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0)) {
            return true;
        }
    }
    return false;
}

/* Unmap what of the object @info, the program or a library, is never written, and so stands in its
 * file as it is. */
static int unmap_object(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    (void)data;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC && is_relocated(info, &info->dlpi_phdr[i])) {
            return 0;
        }
    }
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) == 0) {
            unmap_segment(info->dlpi_addr + segment->p_vaddr, segment->p_memsz);
        }
    }
    return 0; /* go on */
}

void memory_settle(void)
{
    memory_trim();
    (void)dl_iterate_phdr(unmap_object, NULL);
}
