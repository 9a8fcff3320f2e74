#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The files of .github in the current directory: what tests/lint/hosted.sh says. Prints each finding as FILE:LINE: text."""

import json
import os
import pathlib
import re

import yaml

FIELDS = {"input", "textarea", "dropdown", "checkboxes"}


def presets():
    file = pathlib.Path("CMakePresets.json")
    return {p["name"] for p in json.loads(file.read_text(encoding="utf-8"))["configurePresets"]} if file.exists() else set()


def workflow_faults(document):
    jobs = document.get("jobs") or {}
    if not jobs:
        yield "has no job"
    for name, job in jobs.items():
        for step in job.get("steps") or [{}]:
            command = step.get("run", "")
            if not ("uses" in step) ^ bool(command):
                yield f"job {name}: a step has neither \"run\" nor \"uses\", or both"
            if "uses" in step and not re.fullmatch(r"[\w.-]+/[\w.-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})", step["uses"]):
                yield f"job {name}: {step['uses']} is not pinned by a whole version"
            for program in re.findall(r"(?:^|[;&|] *)((?:tests|\.ci)/[\w./-]+)", command, re.M):
                if not os.access(program, os.X_OK):
                    yield f"job {name}: {program} is not there, or is no program"
            for preset in re.findall(r"--preset (\w+)", command):
                if preset not in presets():
                    yield f"job {name}: there is no preset {preset}"


def form_faults(document):
    body = document.get("body") or []
    if not document.get("name") or not document.get("description"):
        yield "has no name, or no description"
    if not any(part.get("type") in FIELDS for part in body):
        yield "asks for nothing"
    for part in body:
        if part.get("type") in FIELDS and not (part.get("id") and part.get("attributes", {}).get("label")):
            yield "has a field without id or label"


def main():
    for file in sorted(pathlib.Path(".github").rglob("*.yml")):
        try:
            document = yaml.safe_load(file.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            print(f"{file}:1: {' '.join(str(error).split())}")
            continue
        if file.parent.name == "workflows":
            faults = workflow_faults(document)
        elif file.name != "config.yml":
            faults = form_faults(document)
        else:
            faults = []
        for fault in faults:
            print(f"{file}:1: {fault}")


main()
