// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/bwtctl.h"

int main(int argc, char** argv)
{
    return bwt::cli::runBwtctl(argc, argv);
}
