# SPDX-License-Identifier: Apache-2.0
# `cpack -G DEB`: the packages hallmark, hallmark-label, hallmark-attester and hallmark-notify, one for each component of the install rules. The maintainer
# scripts are beside this file.

set(debian ${CMAKE_SOURCE_DIR}/systemd/debian)
set(packages hallmark hallmark-label hallmark-attester)
if(HALLMARK_NOTIFY)
	list(APPEND packages hallmark-notify)
endif()

# Debian Policy 12.1 and 12.7: manual pages and change logs are compressed, and without a time of their own.
function(hallmark_install_compressed source destination component)
	get_filename_component(name ${source} NAME)
	set(packed ${CMAKE_BINARY_DIR}/compressed/${component}/${name}.gz)
	add_custom_command(OUTPUT ${packed} COMMAND gzip -9nc ${source} > ${packed} DEPENDS ${source} VERBATIM)
	string(MAKE_C_IDENTIFIER "compress_${component}_${name}" target)
	add_custom_target(${target} ALL DEPENDS ${packed})
	file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/compressed/${component})
	install(FILES ${packed} DESTINATION ${destination} COMPONENT ${component})
endfunction()

set(tables ${CMAKE_SOURCE_DIR}/docs/man/tables.awk)
set(rows ${CMAKE_SOURCE_DIR}/include/hallmark/check.h ${CMAKE_SOURCE_DIR}/include/hallmark/reason.h)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/man)
file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.[1-8])
foreach(page ${pages})
	string(REGEX REPLACE ".*\\." "" section ${page})
	get_filename_component(name ${page} NAME_WE)
	get_filename_component(file ${page} NAME)
	set(made ${CMAKE_BINARY_DIR}/man/${file})
	add_custom_command(OUTPUT ${made} COMMAND awk -f ${tables} ${page} > ${made} DEPENDS ${page} ${tables} ${rows}
		WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
	if(name IN_LIST packages)
		hallmark_install_compressed(${made} ${CMAKE_INSTALL_MANDIR}/man${section} ${name})
	else()
		hallmark_install_compressed(${made} ${CMAKE_INSTALL_MANDIR}/man${section} hallmark)
	endif()
endforeach()
foreach(package ${packages})
	install(FILES ${debian}/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${package})
	hallmark_install_compressed(${debian}/changelog ${CMAKE_INSTALL_DATADIR}/doc/${package} ${package})
endforeach()
file(GLOB documents CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/*.md ${CMAKE_SOURCE_DIR}/docs/*.json
	${CMAKE_SOURCE_DIR}/docs/*.yml)
install(FILES ${documents} ${CMAKE_SOURCE_DIR}/NEWS DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/hallmark COMPONENT hallmark)
install(FILES ${CMAKE_SOURCE_DIR}/docs/labels.md ${CMAKE_SOURCE_DIR}/docs/json.md
	DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/hallmark-label COMPONENT hallmark-label)

# dpkg keeps what an operator changed in these: all that the packages put below /etc.
function(hallmark_conffiles package)
	list(TRANSFORM ARGN PREPEND ${CMAKE_INSTALL_FULL_SYSCONFDIR}/hallmark/)
	list(JOIN ARGN "\n" text)
	file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/debian/${package}/conffiles CONTENT "${text}\n")
endfunction()

file(GLOB_RECURSE conffiles CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/conf ${CMAKE_SOURCE_DIR}/conf/*.conf)
list(REMOVE_ITEM conffiles hallmark-attester.conf notify.conf)
hallmark_conffiles(hallmark ${conffiles})
hallmark_conffiles(hallmark-attester hallmark-attester.conf)
hallmark_conffiles(hallmark-notify notify.conf)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "hallmark maintainers <maintainers@hallmarkd.org>")
set(CPACK_PACKAGE_VENDOR hallmark)
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_SET_DESTDIR ON) # /etc and /lib are not below the prefix
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
	WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL ${packages})
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_DEBIAN_HALLMARK_PACKAGE_NAME hallmark)
set(CPACK_DEBIAN_HALLMARK_PACKAGE_DEPENDS "nftables, systemd")
set(CPACK_DEBIAN_HALLMARK_PACKAGE_RECOMMENDS "ca-certificates, dbus, hallmark-label")
set(CPACK_DEBIAN_HALLMARK_PACKAGE_SUGGESTS "ieee-data, less") # vendors in `list --unknown`, the pager
set(CPACK_COMPONENT_HALLMARK_DESCRIPTION "admits devices to a network by their security certification
hallmarkd runs on the gateway of a home, an apartment complex or a city. It
verifies each device's evidence and certification label over CoAP and DTLS,
maps the label to a level of the gateway's national scheme, and puts the
device into an nftables zone: trusted, restricted or quarantine.")
set(CPACK_DEBIAN_HALLMARK_PACKAGE_CONTROL_EXTRA ${CMAKE_BINARY_DIR}/debian/hallmark/conffiles
	${debian}/hallmark/postinst ${debian}/hallmark/prerm ${debian}/hallmark/postrm)

set(CPACK_DEBIAN_HALLMARK-LABEL_PACKAGE_NAME hallmark-label)
set(CPACK_COMPONENT_HALLMARK-LABEL_DESCRIPTION "issues and verifies security labels for hallmark gateways
For label desks, transcribers of public registers and makers: signs label
statements, registers, status lists and reference values, and verifies them,
certificates and revocation lists. It needs no gateway and installs no daemon.")

set(CPACK_DEBIAN_HALLMARK-ATTESTER_PACKAGE_NAME hallmark-attester)
set(CPACK_COMPONENT_HALLMARK-ATTESTER_DESCRIPTION "keeps a Linux device attested to its hallmark gateway
The device's side of hallmark: attests the device's identity and firmware to
the gateway over CoAP and DTLS, sends its certification label, and renews
its admission before it ends.")
set(CPACK_DEBIAN_HALLMARK-ATTESTER_PACKAGE_CONTROL_EXTRA ${CMAKE_BINARY_DIR}/debian/hallmark-attester/conffiles
	${debian}/hallmark-attester/postinst ${debian}/hallmark-attester/prerm ${debian}/hallmark-attester/postrm)

set(CPACK_DEBIAN_HALLMARK-NOTIFY_PACKAGE_NAME hallmark-notify)
set(CPACK_DEBIAN_HALLMARK-NOTIFY_PACKAGE_DEPENDS "hallmark (>= ${PROJECT_VERSION}), systemd")
set(CPACK_DEBIAN_HALLMARK-NOTIFY_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_COMPONENT_HALLMARK-NOTIFY_DESCRIPTION "tells people and other systems what a hallmark gateway reports
A service without privilege beside hallmarkd: by rules of the operator it
tells a program, people by mail, a webhook, an MQTT broker (also for Home
Assistant) or a syslog server what happened to which device.")
set(CPACK_DEBIAN_HALLMARK-NOTIFY_PACKAGE_CONTROL_EXTRA ${CMAKE_BINARY_DIR}/debian/hallmark-notify/conffiles
	${debian}/hallmark-notify/postinst ${debian}/hallmark-notify/prerm ${debian}/hallmark-notify/postrm)

include(CPack)
