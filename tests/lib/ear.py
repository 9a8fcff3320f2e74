# SPDX-License-Identifier: Apache-2.0
"""An attestation result by the rules of draft-ietf-rats-ear-04 (section 3) and draft-ietf-rats-ar4si-10 (section 2.3) alone:
what any reader of an EAR may expect, whoever the verifier is."""

PROFILE = "tag:ietf.org,2026:rats/ear#04"
PROFILE_KEY, NONCE, SUBMODS, VERIFIER = 265, 10, 266, 1004
STATUS, VECTOR, POLICIES, ATTESTER_CLAIMS, VERIFIER_CLAIMS = 1000, 1001, 1003, 1005, 1006
TIERS = (0, 2, 32, 96)  # none, affirming, warning, contraindicated
# values that section 2.3.4 defines for instance-identity, configuration and executables, beside -1, 0, 1 and 99
VALUES = {0: (2, 96, 97), 1: (2, 3, 32, 36, 96), 2: (2, 3, 32, 33, 96)}


def tier(value):
    """Section 2.3.2: of standard values, and of those of one's own."""
    if value in (-1, 0, 1):
        return 0
    reason = value if value > 0 else -1 - value
    return 96 if reason >= 96 else 32 if reason >= 32 else 2


def is_time(value):
    return isinstance(value, int) and not isinstance(value, bool)


def are_nonces(value):
    several = value if isinstance(value, list) else [value]
    return (len(several) > 1) == isinstance(value, list) and all(isinstance(n, bytes) and 8 <= len(n) <= 64 for n in several)


def faults_of_vector(vector, status):
    if not isinstance(vector, dict) or not vector:
        return ["a vector that is empty or no map"]
    found = [f"claim {key}: {value}" for key, value in vector.items()
             if key not in range(8) or not is_time(value) or value not in range(-128, 128)
             or value >= 2 and value != 99 and value not in VALUES.get(key, range(2, 128))]
    worst = max(map(tier, vector.values())) if not found else 0
    return found if status >= worst else [f"status {status}, and the vector's worst is {worst}"]


def faults_of_appraisal(appraisal):
    status, policies = appraisal.get(STATUS), appraisal.get(POLICIES, ["none"])
    if status not in TIERS or not is_time(status):
        return [f"status {status}"]
    found = faults_of_vector(appraisal.get(VECTOR), status)
    if not isinstance(policies, list) or not policies or not all(isinstance(p, str) for p in policies):
        found.append(f"policies {policies}")
    found += [f"claims {key} empty" for key in (ATTESTER_CLAIMS, VERIFIER_CLAIMS) if appraisal.get(key) == {}]
    own = [key for key in appraisal if isinstance(key, int) and key < -65536]
    found += [f"extension {key} is no map" for key in own if not isinstance(appraisal[key], dict)]
    if own and not isinstance(appraisal.get(PROFILE_KEY), (str, bytes)):
        found.append("an extension, and no profile that explains it")
    return found


def faults(claims):
    """What is wrong with a decoded claims-set, as a list of texts."""
    found = [] if claims.get(PROFILE_KEY) == PROFILE else [f"profile {claims.get(PROFILE_KEY)}"]
    found += [f"time {key}: {claims.get(key)}" for key in (6, 4) if not is_time(claims.get(key, 0 if key == 4 else None))]
    verifier = claims.get(VERIFIER)
    if not isinstance(verifier, dict) or not all(isinstance(verifier.get(key), str) for key in (0, 1)):
        found.append(f"verifier {verifier}")
    if NONCE in claims and not are_nonces(claims[NONCE]):
        found.append(f"nonce {claims[NONCE]}")
    modules = claims.get(SUBMODS)
    if not isinstance(modules, dict) or not modules or not all(isinstance(name, str) for name in modules):
        return found + ["no submodules by name"]
    return found + [f"{name}: {fault}" for name, module in modules.items() for fault in faults_of_appraisal(module)]
