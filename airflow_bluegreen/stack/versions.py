"""What the local stack is made of: the only place where its versions are written."""

from dataclasses import dataclass

KAFKA = "4.1.0"
SCALA = "2.13"
FLINK = "2.2.1"
# Published less often than Flink itself; these releases were run together with FLINK.
FLINK_PLANNER_LOADER = "2.2.0"
FLINK_AVRO_CONFLUENT = "2.1.0"
FLINK_KAFKA_CONNECTOR = "5.0.0-2.2"
APICURIO = "3.0.9"
# The converter of 3.0.9 cannot be resolved (its parent POM was never published); the last 2.x one speaks the
# registry's v2 API, which 3.0 still serves.
APICURIO_CONVERTER = "2.6.13.Final"
LOG4J = "2.24.3"
# Of the optional parts.
ICEBERG = "1.12.0"
HADOOP = "3.4.1"
DEBEZIUM = "3.6.0.Final"
HIBERNATE = "7.2.6.Final"
HIBERNATE_AGROAL = "7.2.0.Final"  # the last before HIBERNATE that all mirrors have
POSTGRES_DRIVER = "42.7.11"
JACKSON = "2.21.2"  # that of DEBEZIUM
POSTGRES = "17.6.0"

AVRO_CONVERTER = "io.apicurio.registry.utils.converter.AvroConverter"
REGISTRY_ARCHIVE = f"io.apicurio:apicurio-registry-app:{APICURIO}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JarSet:
    """Jars that go on one class path (or into one plugin folder).

    ``resolved`` are Maven coordinates ``group:artifact:version`` taken with everything they need at run time,
    ``single`` are taken alone (shaded jars). Jars whose group begins with one of ``provided`` are left out,
    because the program that loads the set brings its own. ``services`` are pairs of a plugin interface and a
    class that implements it, for jars that do not declare their plugins themselves.
    """

    name: str
    resolved: tuple[str, ...] = ()
    single: tuple[str, ...] = ()
    provided: tuple[str, ...] = ()
    services: tuple[tuple[str, str], ...] = ()


FLINK_JARS = JarSet(
    name="flink",
    resolved=(
        f"org.apache.flink:flink-clients:{FLINK}",
        f"org.apache.flink:flink-runtime-web:{FLINK}",
        f"org.apache.flink:flink-table-runtime:{FLINK}",
        f"org.apache.flink:flink-sql-gateway:{FLINK}",
        f"org.apache.flink:flink-json:{FLINK}",
        f"org.apache.flink:flink-connector-files:{FLINK}",
        f"org.apache.flink:flink-connector-datagen:{FLINK}",
        # Flink brings slf4j 1.7, with which the slf4j2 binding stays silent.
        f"org.apache.logging.log4j:log4j-slf4j-impl:{LOG4J}",
    ),
    single=(
        f"org.apache.flink:flink-table-planner-loader:{FLINK_PLANNER_LOADER}",
        f"org.apache.flink:flink-sql-avro-confluent-registry:{FLINK_AVRO_CONFLUENT}",
        f"org.apache.flink:flink-sql-connector-kafka:{FLINK_KAFKA_CONNECTOR}",
    ),
)

KAFKA_JARS = JarSet(
    name="kafka",
    resolved=(
        f"org.apache.kafka:kafka_{SCALA}:{KAFKA}",
        f"org.apache.kafka:connect-runtime:{KAFKA}",
        f"org.apache.kafka:connect-json:{KAFKA}",
        f"org.apache.kafka:connect-transforms:{KAFKA}",
        f"org.apache.logging.log4j:log4j-slf4j-impl:{LOG4J}",
    ),
)

FILE_CONNECTOR_JARS = JarSet(name="connect-file", single=(f"org.apache.kafka:connect-file:{KAFKA}",))

AVRO_CONVERTER_JARS = JarSet(
    name="connect-avro",
    resolved=(f"io.apicurio:apicurio-registry-utils-converter:{APICURIO_CONVERTER}",),
    provided=("org.apache.kafka", "org.slf4j", "com.github.luben", "org.lz4", "org.xerial.snappy"),
    services=(("org.apache.kafka.connect.storage.Converter", AVRO_CONVERTER),),
)

ICEBERG_JARS = JarSet(
    name="connect-iceberg",
    resolved=(
        f"org.apache.iceberg:iceberg-kafka-connect:{ICEBERG}",
        f"org.apache.iceberg:iceberg-parquet:{ICEBERG}",
    ),
    single=(
        f"org.apache.hadoop:hadoop-client-api:{HADOOP}",
        f"org.apache.hadoop:hadoop-client-runtime:{HADOOP}",
    ),
    provided=("org.apache.kafka", "org.slf4j"),
)

JDBC_JARS = JarSet(
    name="connect-jdbc",
    resolved=(
        f"io.debezium:debezium-sink:{DEBEZIUM}",
        f"io.debezium:debezium-connector-common:{DEBEZIUM}",
        f"io.debezium:debezium-connect-plugins:{DEBEZIUM}",
        f"io.debezium:debezium-openlineage-api:{DEBEZIUM}",
        f"org.hibernate.orm:hibernate-core:{HIBERNATE}",
        f"org.hibernate.orm:hibernate-agroal:{HIBERNATE_AGROAL}",
        f"org.postgresql:postgresql:{POSTGRES_DRIVER}",
        # The worker has these modules of Jackson; the plugin's Jackson would load them, and cannot.
        f"com.fasterxml.jackson.datatype:jackson-datatype-jdk8:{JACKSON}",
        f"com.fasterxml.jackson.module:jackson-module-blackbird:{JACKSON}",
        f"com.fasterxml.jackson.module:jackson-module-jakarta-xmlbind-annotations:{JACKSON}",
    ),
    # Alone, as its list of dependencies holds an artifact that was moved, and the drivers of six databases.
    single=(f"io.debezium:debezium-connector-jdbc:{DEBEZIUM}",),
    provided=("org.apache.kafka", "org.slf4j"),
)

OPTIONAL_PLUGINS = {"iceberg": ICEBERG_JARS, "jdbc": JDBC_JARS}
"""What a stack has only when asked for; with ``jdbc`` comes a PostgreSQL to write into."""

JAR_SETS = (FLINK_JARS, KAFKA_JARS, FILE_CONNECTOR_JARS, AVRO_CONVERTER_JARS)
PLUGIN_SETS = (FILE_CONNECTOR_JARS, AVRO_CONVERTER_JARS)
