# SPDX-License-Identifier: Apache-2.0
"""Holds standard input against the OpenMetrics parser of Prometheus's own client. Prints each sample as NAME{LABELS} VALUE; says
what is wrong and ends with 1 when it is not OpenMetrics."""
import sys

from prometheus_client.openmetrics import parser

try:
    for family in parser.text_string_to_metric_families(sys.stdin.read()):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            print(f"{sample.name}{{{labels}}} {sample.value:g}")
except ValueError as error:
    sys.exit(f"no OpenMetrics: {error}")
