"""Values that the chart must refuse, and what it must say."""

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
    (['migrations.mode="startup"', 'migrations.database.existingSecret="d"'],
     "migrations.database is used by a Job"),
    (['migrations.mode="none"', 'migrations.grantTo="app"'], "migrations.grantTo is done by a Job"),
]

# What a parent chart or a gap in the schema must not make impossible.
ACCEPTED = [
    ['global.somebodyElses={"key": 1}'],
    ["enabled=false"],
    ['registry.resources.limits.memory="2Gi"'],
    ['updateStrategy.maxSurge="25%"'],
    ['migrations.ttlSecondsAfterFinished=null'],
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
