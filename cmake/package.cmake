include(GoogleTest)

# The unit tests of all packages, and the dialogue tests that join them (tests/dialogue): what
# `make check CHECK=quick` builds.
add_custom_target(quick_tests)

# mcp_package(NAME [PCH] [DEPS pkg…] [LIBS lib…] [PUBLIC_LIBS lib…])
# One static library mcp_NAME from internal/NAME/*.cpp and one test binary NAME_test from its *_test.cpp.
# PCH: the package's files include Asio. All such packages and their tests use one precompiled header, async's.
# LIBS: third-party libraries that its .cpp files see. PUBLIC_LIBS: those that its headers show.
function(mcp_package name)
  cmake_parse_arguments(P "PCH" "" "DEPS;LIBS;PUBLIC_LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/internal/${name}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  if(NOT sources)
    add_library(mcp_${name} INTERFACE)
    set(visibility INTERFACE)
  else()
    add_library(mcp_${name} STATIC ${sources})
    set(visibility PUBLIC)
    target_link_libraries(mcp_${name} PRIVATE ${P_LIBS})
    if(P_PCH)
      mcp_use_pch(mcp_${name})
    endif()
  endif()
  target_include_directories(mcp_${name} ${visibility} ${CMAKE_SOURCE_DIR})
  list(TRANSFORM P_DEPS PREPEND mcp_)
  target_link_libraries(mcp_${name} ${visibility} ${P_DEPS} ${P_PUBLIC_LIBS})
  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE mcp_${name} ${P_LIBS} GTest::gmock GTest::gtest_main)
    if(P_PCH)
      mcp_use_pch(${name}_test)
    endif()
    add_dependencies(quick_tests ${name}_test)
    gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST TEST_PREFIX "${name}."
                         WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} PROPERTIES TIMEOUT 120 LABELS unit)
  endif()
endfunction()

# One precompiled header for the house: built with mcp_async, reused by the others (seven more would cost 3 s and
# 110 MB each).
function(mcp_use_pch target)
  if(target STREQUAL "mcp_async")
    target_precompile_headers(mcp_async PRIVATE ${CMAKE_SOURCE_DIR}/internal/async/pch.h)
  else()
    target_precompile_headers(${target} REUSE_FROM mcp_async)
  endif()
endfunction()
