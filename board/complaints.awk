# SPDX-License-Identifier: MIT
# Lines of a kernel's log that say that something is wrong with the kernel, with their numbers.

# Also that a check has been turned off, since nothing is found then. Leaks count only behind the line
# where init says that the boot's have been told.
# What a frame that comes more than 100 ms late is told by is the host's, which had other things to do.
/WARNING: .* drm_atomic_helper_wait_for_vblanks/ { next }
/WARNING:|BUG:|Oops|Kernel panic|INFO: (possible|task|suspicious|trying)/ { print NR ": " $0 }
/BUG [^ ]+ \(|pagealloc: (memory corruption|single bit error)/ { print NR ": " $0 }
/lockdep is turned off|DMA-API:.*disab|leak detector disabled/ { print NR ": " $0 }
/init: leaks reported above/ { job = 1 }
job && /kmemleak: [0-9]/ { print NR ": " $0 }
