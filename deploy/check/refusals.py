"""Values that the chart must refuse, and what it must say."""

import binary
import render

GOOD = 'database.existingSecret="s"'

REFUSALS = [
    # By the schema.
    (["registry.replicas=2"], "additional properties 'replicas' not allowed"),
    (["replicaCount=2"], "additional properties 'replicaCount' not allowed"),
    (["registry.replicaCount=0"], "minimum: got 0, want 1"),
    (['metrics.replicaCount="two"'], "got string, want integer"),
    (['image.digest="sha256:12"'], "does not match pattern"),
    (['migrations.mode="operator"'], "value must be one of 'hook', 'job', 'startup', 'none'"),
    (['database.sslMode="off"'], "value must be one of 'verify-full'"),
    (['database.url="mysql://host/db"'], "does not match pattern"),
    (['config.listen="0.0.0.0:1"'], "additional properties 'listen' not allowed"),
    (['config.peers.registry="http://x"'], "additional properties 'peers' not allowed"),
    (["config.limits.connections=0"], "minimum: got 0, want 1"),
    (["service.port=70000"], "maximum: got 70,000, want 65,535"),
    (["shutdown.drainSeconds=0"], "minimum: got 0, want 1"),
    (["registry.resources.requests=null"], "missing property 'requests'"),
    (["networkPolicy.database.ports=[]"], "minItems: got 0, want 1"),
    (["podDisruptionBudget.maxUnavailable=0"], "minimum: got 0, want 1"),
    (['podDisruptionBudget.maxUnavailable="0%"'], "does not match pattern"),
    # By the templates.
    (['database.existingSecret=""'], "the database of registry: set database.existingSecret"),
    (['database.url="postgresql://h/d"'], "existingSecret and url are both set"),
    (['database.keys.host="host"'], "keys names both uri and parts"),
    (['database.keys.uri=""', 'database.keys.host="host"'],
     "keys must name either uri, or host, port, user, password and dbname"),
    (["reporting.autoscaling.enabled=true", "reporting.autoscaling.minReplicas=9"],
     "reporting.autoscaling: minReplicas is 9 and maxReplicas 5"),
    (["metrics.autoscaling.enabled=true", "metrics.autoscaling.targetCPUUtilizationPercentage=0"],
     "metrics.autoscaling: set targetCPUUtilizationPercentage or metrics"),
    (['updateStrategy.maxSurge="0%"'], "no pod could ever be replaced"),
    (["updateStrategy.maxSurge=0"], "no pod could ever be replaced"),
    (["gateway.enabled=true"], "gateway.parentRefs must name the gateway"),
    (["gateway.enabled=true", 'gateway.parentRefs=[{"name": "g"}]'],
     "networkPolicy.clients must name the pods of the gateway"),
    (["serviceAccount.create=false"], "serviceAccount.name is required"),
    (["migrations.serviceAccount.create=false"], "migrations.serviceAccount.name is required"),
    # One account that is both a hook's and the release's.
    (['serviceAccount.name="a"', 'migrations.serviceAccount.name="a"'],
     "serviceAccount.name and migrations.serviceAccount.name are both a:"),
    (["serviceAccount.create=false", 'serviceAccount.name="almanac-migrate"'],
     "serviceAccount.name and migrations.serviceAccount.name are both almanac-migrate:"),
    (["migrations.serviceAccount.create=false", 'migrations.serviceAccount.name="almanac"'],
     "which the release makes only after its hook has run"),
    # Migrations without the time they are promised, or of another mode.
    (["migrations.statementTimeoutSeconds=1800"], "the Job would end before its longest statement"),
    (["migrations.activeDeadlineSeconds=900"], "the Job would end before its longest statement"),
    (["migrations.ttlSecondsAfterFinished=60"], "ttlSecondsAfterFinished is for migrations.mode job"),
    (['migrations.mode="startup"', "migrations.statementTimeoutSeconds=60"],
     "with startup set config.registry.database.statement_timeout_secs"),
    (['migrations.mode="none"', "migrations.statementTimeoutSeconds=60"],
     "migrations.statementTimeoutSeconds is for a Job"),
    (['migrations.mode="startup"', "migrations.activeDeadlineSeconds=60"],
     "migrations.activeDeadlineSeconds is for a Job"),
    (['migrations.mode="none"', "migrations.backoffLimit=1"], "migrations.backoffLimit is for a Job"),
    (['migrations.mode="startup"', 'migrations.annotations.a="b"'],
     "migrations.annotations are those of a Job"),
    (['migrations.mode="none"', 'migrations.serviceAccount.name="a"'],
     "migrations.serviceAccount is that of a Job"),
    (['migrations.mode="startup"', 'migrations.database.existingSecret="d"'],
     "migrations.database is used by a Job"),
    (['migrations.mode="startup"', 'registry.migrationDatabase.existingSecret="d"'],
     "registry.migrationDatabase is used by a Job"),
    (['migrations.mode="none"', 'reporting.migrationDatabase.existingSecret="d"'],
     "reporting.migrationDatabase is used by a Job"),
    (['migrations.mode="none"', 'migrations.grantTo="app"'], "migrations.grantTo is done by a Job"),
    # What is added under a name of the chart's own.
    (['podLabels={"app.kubernetes.io/component": "x"}'],
     "podLabels: app.kubernetes.io/component is said by the chart itself"),
    (['podAnnotations={"checksum/config": "x"}'], "podAnnotations: checksum/config is said by"),
    (['migrations.annotations={"helm.sh/hook-weight": "9"}'],
     "migrations.annotations: helm.sh/hook-weight is said by"),
    (['migrations.serviceAccount.annotations={"helm.sh/hook": "post-install"}'],
     "migrations.serviceAccount.annotations: helm.sh/hook is said by"),
    (['extraVolumes=[{"name": "settings"}]'], "extraVolumes: settings is there already"),
    (['extraVolumes=[{"name": "v"}, {"name": "v"}]'], "extraVolumes: v is there already"),
    (['extraVolumeMounts=[{"name": "v", "mountPath": "/v"}]'], "v is no volume of extraVolumes"),
    (['extraEnv=[{"name": "A"}, {"name": "A"}]'], "extraEnv: A is there twice"),
    (['extraEnv=[{"value": "a"}]'], "missing property 'name'"),
]
# Variables that would take from the chart what it decides by itself.
OWN_VARIABLES = [f"ALMANAC__{key.upper().replace('.', '__')}" for key in sorted(binary.OWN_KEYS)]
OWN_VARIABLES += ["ALMANAC_CONFIG", "ALMANAC__METRICS__DATABASE__STATEMENT_TIMEOUT_SECS", "PGSSLMODE"]
OWN_VARIABLES += ["ALMANAC_FILE__PEERS__METRICS", "almanac__listen"]
REFUSALS += [
    ([f'extraEnv=[{{"name": "{name}", "value": "x"}}]'], f"extraEnv: {name} is set by the chart itself")
    for name in OWN_VARIABLES
]

# What a parent chart or a gap in the schema must not make impossible.
ACCEPTED = [
    ['global.somebodyElses={"key": 1}'],
    ["enabled=false"],
    ['registry.resources.limits.memory="2Gi"'],
    ['updateStrategy.maxSurge="25%"'],
    ['migrations.ttlSecondsAfterFinished=null'],
    ['podDisruptionBudget.maxUnavailable="50%"'],
    # Nothing of a Job is asked for where there is none.
    ['migrations.mode="none"', "migrations.serviceAccount.create=false"],
    # One account for all that is there already, or that a Job beside the release shares.
    ["serviceAccount.create=false", 'serviceAccount.name="a"',
     "migrations.serviceAccount.create=false", 'migrations.serviceAccount.name="a"'],
    ['migrations.mode="job"', "migrations.serviceAccount.create=false",
     'migrations.serviceAccount.name="almanac"'],
    # Without a Secret of the chart's own for it, and without parts of the access.
    ['extraEnv=[{"name": "PGSSLROOTCERT", "value": "/v/ca.crt"}]'],
    ['migrations.mode="startup"',
     'extraEnv=[{"name": "ALMANAC__METRICS__DATABASE__STATEMENT_TIMEOUT_SECS", "value": "60"}]'],
]


def complaints():
    for sets, expected in REFUSALS:
        try:
            render.text([], sets=[GOOD, *sets])
        except render.Refused as refused:
            if expected not in str(refused):
                yield f"{sets}: refused with other words than `{expected}`:\n{refused}"
        else:
            yield f"{sets}: accepted"
    for sets in ACCEPTED:
        try:
            render.text([], sets=[GOOD, *sets])
        except render.Refused as refused:
            yield f"{sets}: refused: {refused}"
