@echo off
rem Opens a window in which the command lifecircle works.
pushd "%~dp0"
set "PATH=%~dp0venv\Scripts;%PATH%"
lifecircle --help
cmd /k
