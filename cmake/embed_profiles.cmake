# internal/sandbox/profiles/*.profile, compiled in: profile_text() of internal/sandbox/profile.h. A file that changes is
# read again by the next build.
function(mcp_embed_profiles target)
  file(GLOB profiles CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/internal/sandbox/profiles/*.profile)
  set(cases "")
  foreach(path ${profiles})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    get_filename_component(name ${path} NAME_WE)
    file(READ ${path} text)
    string(APPEND cases "  if (name == \"${name}\") return R\"profile(${text})profile\";\n")
  endforeach()
  set(source ${CMAKE_BINARY_DIR}/generated/sandbox_profiles.cpp)
  string(CONCAT content "#include \"internal/sandbox/profile.h\"\n\nnamespace mcp::sandbox {\n\n"
      "const char* profile_text(std::string_view name) {\n" "${cases}" "  return nullptr;\n}\n\n}  // namespace mcp::sandbox\n")
  file(CONFIGURE OUTPUT ${source} CONTENT "${content}" @ONLY)
  target_sources(${target} PRIVATE ${source})
endfunction()
