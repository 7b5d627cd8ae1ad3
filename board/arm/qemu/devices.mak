# SPDX-License-Identifier: GPL-2.0-or-later
# What is built into QEMU for the ARM board, for --without-default-devices: the SoC selects its own.

CONFIG_EXYNOS4=y
CONFIG_VIRTIO_9P=y
CONFIG_VIRTIO_BLK=y
CONFIG_VIRTIO_RNG=y
CONFIG_VIRTIO_SERIAL=y
# TCG for ARM does not link without it.
CONFIG_ARM_V7M=y
